import Foundation
import Plans
import Testing

struct JSONLayoutTests {
  private func text(_ json: String, oneLined: Set<String> = []) -> String {
    JSONLayout.laidOut(Array(json.utf8), oneLined: oneLined)
  }

  @Test func `Members and elements stand on lines of their own`() {
    #expect(
      text("{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}") == """
        {
          "a": [
            1,
            {
              "b": null
            }
          ],
          "c": {},
          "d": []
        }

        """)
  }

  @Test func `Elements of chosen arrays stay on one line`() {
    #expect(
      text("{\"parts\":[{\"a\":[1,2],\"b\":\"}\"},[3],4],\"z\":{\"parts\":[]}}", oneLined: ["parts"]) == """
        {
          "parts": [
            {"a":[1,2],"b":"}"},
            [3],
            4
          ],
          "z": {
            "parts": []
          }
        }

        """)
  }

  @Test(arguments: ["1", "\"a\\\"b\"", "null", "[]", "{}", "[[[]]]", "{\"\":{\"\":\"\"}}", "{\"\":[1],\"a\":1}"])
  func `Small values stay what they are`(json: String) throws {
    #expect(try value(text(json)) == value(json))
  }

  /// Random values, with the keys that are laid out in one line, and with texts full of what JSON is made of.
  @Test func `Any JSON parses back to the same value`() throws {
    var random = SeededGenerator(seed: 11)
    for seed in 0..<1_500 {
      let json = self.json(depth: 5, &random)
      let laidOut = text(json, oneLined: ["parts", "columns"])
      guard try value(laidOut) == value(json) else {
        Issue.record("value \(seed) came out as \(laidOut)")
        return
      }
    }
  }

  private func value(_ json: String) throws -> NSObject? {
    try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) as? NSObject
  }

  private func json(depth: Int, _ random: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
    case 0: return "null"
    case 1: return random.once(in: 2) ? "true" : "false"
    case 2: return "\(Int.random(in: -99...99, using: &random))"
    case 3: return "1.5e-3"
    case 4: return string(&random)
    case 5, 6:
      let keys = Set((0..<Int.random(in: 0...4, using: &random)).map { _ in key(&random) }).sorted()
      return "{" + keys.map { "\($0):\(json(depth: depth - 1, &random))" }.joined(separator: ",") + "}"
    default:
      let count = Int.random(in: 0...4, using: &random)
      return "[" + (0..<count).map { _ in json(depth: depth - 1, &random) }.joined(separator: ",") + "]"
    }
  }

  private func key(_ random: inout SeededGenerator) -> String {
    ["\"parts\"", "\"columns\"", "\"\"", "\"a\"", string(&random)].randomElement(using: &random)!
  }

  private func string(_ random: inout SeededGenerator) -> String {
    let pieces = ["\\\"", "\\\\", "\\n", "{", "}", "[", "]", ",", ":", " ", "é", "\\u00e9", "名", "a", "\\/"]
    return "\""
      + (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined() + "\""
  }
}
