import Catalogs
import Testing

struct TypeNameTests {
  struct Case: Sendable {
    var written: String
    var name: String
    var arguments: [Int] = []
    var isMax = false
  }

  @Test(arguments: [
    Case(written: "NUMERIC(10, 2)", name: "numeric", arguments: [10, 2]),
    Case(written: "double  Precision", name: "double precision"),
    Case(written: "timestamp(6) with time zone", name: "timestamp with time zone", arguments: [6]),
    Case(written: "nvarchar(MAX)", name: "nvarchar", isMax: true),
    Case(written: "nvarchar( max )", name: "nvarchar", isMax: true),
    Case(written: "nvarchar", name: "nvarchar"),
    Case(written: "int(4)unsigned", name: "int unsigned", arguments: [4]),
    Case(written: " bit ", name: "bit"),
    Case(written: "enum(a, b)", name: "enum"),
    Case(written: "decimal(5,-2)", name: "decimal", arguments: [5, -2]),
    Case(written: "f()", name: "f"),
  ])
  func `A type is taken apart`(expected: Case) throws {
    let type = try #require(TypeName(expected.written))
    #expect(type.name == expected.name)
    #expect(type.arguments == expected.arguments)
    #expect(type.isMax == expected.isMax)
  }

  @Test(arguments: ["", " ", "(10)", "int)", "int(", "a)b(", "()"])
  func `What has no name or no matching parentheses is none`(written: String) {
    #expect(TypeName(written) == nil)
  }

  @Test func `The longest form is another type than the plain one`() {
    #expect(TypeName("nvarchar(max)") != TypeName("nvarchar"))
    #expect(TypeName("NVARCHAR(MAX)") == TypeName("nvarchar(max)"))
  }
}
