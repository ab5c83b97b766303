import Catalogs
import Foundation
import Testing

struct LogicalTypeTests {
  static let all: [(LogicalType, String)] = [
    (.boolean, "boolean"), (.integer, "integer"), (.decimal(precision: 38, scale: 10), "decimal(38,10)"),
    (.decimal(precision: 5, scale: -2), "decimal(5,-2)"), (.float, "float"), (.text(length: nil), "text"),
    (.text(length: 40), "text(40)"), (.binary(length: nil), "binary"), (.binary(length: 8), "binary(8)"),
    (.date, "date"), (.time(scale: 0), "time(0)"), (.timestamp(scale: 9), "timestamp(9)"),
    (.instant(scale: 6), "instant(6)"), (.variant, "variant"), (.uuid, "uuid"),
  ]

  @Test(arguments: all)
  func `A type is written as one word and reads back`(type: LogicalType, text: String) throws {
    #expect(type.description == text)
    #expect(LogicalType(text) == type)
    let data = try JSONEncoder().encode([type])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(text)\"]")
    #expect(try JSONDecoder().decode([LogicalType].self, from: data) == [type])
  }

  @Test(arguments: [
    "", "decimal", "decimal(1)", "decimal(1,2,3)", "time", "text(1,2)", "integer(4)", "text(max)", "int",
  ])
  func `Other words are no type`(text: String) {
    #expect(LogicalType(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([LogicalType].self, from: Data("[\"\(text)\"]".utf8))
    }
  }
}
