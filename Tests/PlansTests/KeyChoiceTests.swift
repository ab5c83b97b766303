import Catalogs
import Plans
import Testing

struct KeyChoiceTests {
  private var table: Table {
    var table = Sample.table
    table.columns += [
      Column(name: "code", declaredType: "varchar(9)", type: .text(length: 9), isNullable: false),
      Column(name: "flag", declaredType: "bit", type: .boolean, isNullable: false),
      Column(name: "day", declaredType: "date", type: .date),
    ]
    table.clusteringKey = ["day"]
    table.uniqueKeys = [["note"], ["code", "id"], ["code"]]
    return table
  }

  @Test func `Asked columns come first, then primary, clustering and unique keys`() {
    let keys = KeyChoice.candidates(of: table, asked: ["day", "code"])
    #expect(keys.map(\.columns) == [["day", "code"], ["id"], ["day"], ["code"], ["code", "id"], ["note"]])
    #expect(keys.map(\.origin) == [.asked, .primaryKey, .clusteringKey, .uniqueKey, .uniqueKey, .uniqueKey])
    #expect(keys.map(\.isNullable) == [true, false, true, false, false, true])
  }

  @Test func `Columns of two values and unknown ones make no key`() {
    #expect(KeyChoice.candidates(of: table, asked: ["flag"]).first?.origin == .primaryKey)
    #expect(KeyChoice.candidates(of: table, asked: ["code", "flag"]).first?.origin == .primaryKey)
    #expect(KeyChoice.candidates(of: table, asked: ["gone"]).first?.origin == .primaryKey)
  }

  @Test func `A table without keys has none`() {
    var table = table
    table.primaryKey = []
    table.clusteringKey = []
    table.uniqueKeys = [[]]
    #expect(KeyChoice.candidates(of: table, asked: []).isEmpty)
  }
}
