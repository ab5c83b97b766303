import SQL
import Testing

@Suite struct SQLRowTests {
  private let row = SQLRow(
    columns: ["i", "r", "s", "n"], values: [.integer(7), .real(1.5), .text("x"), .null])

  @Test func valuesAreReadByName() throws {
    #expect(try row.int("i") == 7)
    #expect(try row.bool("i"))
    #expect(try row.double("r") == 1.5)
    #expect(try row.double("i") == 7)
    #expect(try row.text("s") == "x")
    #expect(try row.optionalInt("n") == nil)
    #expect(try row.optionalText("n") == nil)
    #expect(try row.value("n") == .null)
  }

  @Test func valuesOfAnotherKindAreErrors() {
    let wrong: [() throws -> Void] = [
      { _ = try row.int("s") }, { _ = try row.int("r") }, { _ = try row.int("n") }, { _ = try row.bool("n") },
      { _ = try row.text("i") }, { _ = try row.text("n") }, { _ = try row.double("s") },
      { _ = try row.optionalInt("s") }, { _ = try row.optionalText("i") }, { _ = try row.value("missing") },
    ]
    for read in wrong {
      let error = #expect(throws: SQLError.self) { try read() }
      #expect(error?.code == .type)
    }
  }
}
