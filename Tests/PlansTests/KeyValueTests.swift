import Foundation
import Plans
import Testing

struct KeyValueTests {
  static let values: [(KeyValue, String)] = [
    (.integer(0), "0"), (.integer(.min), "-9223372036854775808"), (.integer(.max), "9223372036854775807"),
    (.text(""), "\"\""), (.text("1"), "\"1\""), (.text("a\"b\\\n"), "\"a\\\"b\\\\\\n\""), (.text("whole"), "\"whole\""),
    (.real(0.1), "{\"real\":\"0.1\"}"), (.real(-0.0), "{\"real\":\"-0.0\"}"), (.real(1), "{\"real\":\"1.0\"}"),
    (.real(.infinity), "{\"real\":\"inf\"}"), (.real(.leastNonzeroMagnitude), "{\"real\":\"5e-324\"}"),
    (.bytes([]), "{\"hex\":\"\"}"), (.bytes([0, 255]), "{\"hex\":\"00ff\"}"),
  ]

  @Test(arguments: values)
  func `A value comes back from JSON as the kind it was`(value: KeyValue, json: String) throws {
    let data = try JSONEncoder().encode(value)
    #expect(String(decoding: data, as: UTF8.self) == json)
    #expect(try JSONDecoder().decode(KeyValue.self, from: data) == value)
  }

  @Test func `Random values come back`() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let bits = random.next()
      let value: KeyValue =
        switch bits % 4 {
        case 0: .integer(Int64(bitPattern: random.next()))
        case 1: .real(finite(random.next()))
        case 2: .text(String((0..<(bits % 9)).map { _ in Character(scalar(&random)) }))
        default: .bytes((0..<(bits % 9)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        }
      let back = try JSONDecoder().decode([KeyValue].self, from: JSONEncoder().encode([value]))
      #expect(back == [value])
      #expect(back[0].hashValue == value.hashValue)
    }
  }

  private func finite(_ bits: UInt64) -> Double {
    let value = Double(bitPattern: bits)
    return value.isNaN ? 0 : value
  }

  private func scalar(_ random: inout SeededGenerator) -> Unicode.Scalar {
    while true {
      if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10ffff, using: &random)) { return scalar }
    }
  }

  @Test(arguments: [
    "true", "null", "1.5", "{}", "[]", "{\"real\":\"x\"}", "{\"hex\":\"0\"}", "{\"hex\":\"zz\"}", "{\"real\":1}",
  ])
  func `Anything else is refused`(json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([KeyValue].self, from: Data("[\(json)]".utf8)) }
  }

  @Test func `Text is compared by bytes`() {
    #expect(KeyValue.text("é") != .text("e\u{301}"))
    #expect(KeyValue.text("1") != .integer(1))
    #expect(KeyValue.real(1) != .integer(1))
    #expect(Set([KeyValue.text("é"), .text("e\u{301}")]).count == 2)
  }

  @Test(arguments: [
    (KeyValue.integer(-5), "-5"), (.text("Smith"), "'Smith'"), (.bytes([0, 255]), "0x00ff"), (.real(0.5), "0.5"),
  ])
  func `A person reads a value`(value: KeyValue, text: String) {
    #expect(value.description == text)
  }

  @Test func `Hexadecimal text is two digits a byte`() {
    #expect(Hex.text([0, 15, 240]) == "000ff0")
    #expect(Hex.text(UInt64(0xfe)) == "00000000000000fe")
    #expect(Hex.bytes("000FF0") == [0, 15, 240])
    #expect(Hex.bytes("0") == nil)
    #expect(Hex.bytes("0g") == nil)
  }
}
