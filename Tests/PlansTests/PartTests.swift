import Foundation
import Plans
import Testing

struct PartTests {
  static let ranges: [(PartRange, String)] = [
    (.whole, "\"whole\""), (.nullKey, "\"null\""), (.keys(from: nil, to: nil), "{}"),
    (.between(nil, 5), "{\"to\":[5]}"), (.between(5, nil), "{\"from\":[5]}"),
    (.between(1, 5), "{\"from\":[1],\"to\":[5]}"),
    (.keys(from: Bound([.text("whole"), .bytes([1])]), to: nil), "{\"from\":[\"whole\",{\"hex\":\"01\"}]}"),
  ]

  @Test(arguments: ranges)
  func `A range comes back from JSON`(range: PartRange, json: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode([range])
    #expect(String(decoding: data, as: UTF8.self) == "[\(json)]")
    #expect(try JSONDecoder().decode([PartRange].self, from: data) == [range])
    let part = Part(id: 7, range: range)
    #expect(try JSONDecoder().decode(Part.self, from: encoder.encode(part)) == part)
  }

  @Test(arguments: ["\"all\"", "1", "{\"from\":5}", "{\"to\":[true]}"])
  func `Another range is refused`(json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([PartRange].self, from: Data("[\(json)]".utf8)) }
  }

  @Test(arguments: [
    Window(column: "c", after: nil, through: .integer(5), includesNull: true),
    Window(column: "c", after: .text("2026-01-01"), includesAfter: true, through: .text("2026-01-02")),
    Window(column: "c", after: .bytes([0]), through: .bytes([1])),
  ])
  func `A window comes back from JSON`(window: Window) throws {
    #expect(try JSONDecoder().decode(Window.self, from: JSONEncoder().encode(window)) == window)
  }

  @Test func `A bound is said value by value`() {
    #expect(Bound([.integer(1), .text("a")]).description == "1, 'a'")
  }
}
