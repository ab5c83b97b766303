import Catalogs
import Testing

struct TableTests {
  private let table = Table(
    name: ObjectName(database: "d", schema: "s", table: "t"),
    columns: [
      Column(name: "a", declaredType: "int", type: .integer, isNullable: false),
      Column(name: "b", declaredType: "text", type: .text(length: nil)),
    ], primaryKey: ["a"])

  @Test func `The shape stays when statistics, comments and meanings change`() {
    var other = table
    other.estimatedRows = 7
    other.estimatedBytes = 8
    other.columns[0].comment = "c"
    other.columns[0].defaultValue = "1"
    other.columns[1].type = .variant
    other.uniqueKeys = [["b"]]
    #expect(other.shape == table.shape)
  }

  @Test(arguments: 0..<9)
  func `The shape changes with columns, keys and kind`(change: Int) {
    var other = table
    switch change {
    case 0: other.columns[0].name = "z"
    case 1: other.columns[0].declaredType = "bigint"
    case 2: other.columns[0].isNullable = true
    case 3: other.columns[1].collation = "NOCASE"
    case 4: other.columns[1].isGenerated = true
    case 5: other.primaryKey = []
    case 6: other.columns.swapAt(0, 1)
    case 7: other.kind = .view
    default: other.columns.removeLast()
    }
    #expect(other.shape != table.shape)
  }

  @Test func `A name is said with dots and sorts by database, schema, table`() {
    #expect(table.name.description == "d.s.t")
    #expect(table.name.short == "s.t")
    #expect(ObjectName(table: "z") < ObjectName(database: "a", table: "b"))
    #expect(ObjectName(schema: "a", table: "z") < ObjectName(schema: "b", table: "a"))
    #expect(table.column("b")?.declaredType == "text")
    #expect(table.column("B") == nil)
  }
}
