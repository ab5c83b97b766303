import Testing
import Workflows

@Suite struct JSONDocumentTests {
  private func document(_ text: String) -> JSONDocument { JSONDocument(Array(text.utf8)) }

  private func problems(_ text: String) -> [String] { lines(document(text).diagnostics) }

  @Test func readsEveryKindOfValueWithItsPlace() throws {
    let document = document("{\n  \"a\": [true, null],\n  \"é\": {\"b\": -1.5e2}\n}")
    #expect(document.diagnostics.isEmpty)
    let root = try #require(document.root)
    let members = try #require(root.members)
    #expect(members.map(\.key) == ["a", "é"])
    let places = members.map { document.text.position(at: $0.keyOffset).description }
    #expect(places == ["2:3", "3:3"])
    let list = try #require(root["a"]?.elements)
    #expect(list.map { document.text.position(at: $0.offset).description } == ["2:9", "2:15"])
    let number = try #require(root["é"]?["b"])
    // The column counts characters: é is one, though two bytes.
    #expect(document.text.position(at: number.offset).description == "3:14")
    guard case .number(let value) = number.content else {
      Issue.record("no number: \(number.kind)")
      return
    }
    #expect(value.whole == -150)
  }

  @Test func readsEscapesAndSurrogatePairs() throws {
    let root = try #require(document(#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u0000 é😀""#).root)
    guard case .string(let text) = root.content else {
      Issue.record("no string")
      return
    }
    #expect(text == "\"\\/\u{8}\u{C}\n\r\té😀\0 é😀")
  }

  @Test func passesOverAByteOrderMark() {
    let document = JSONDocument([0xEF, 0xBB, 0xBF] + Array("{}".utf8))
    #expect(document.diagnostics.isEmpty)
    #expect(document.root != nil)
  }

  @Test(arguments: [
    (#"{"a":1,"b":2,"a":3,"a":4}"#, ["1:14 a: duplicate key (first at 1:2)", "1:20 a: duplicate key (first at 1:2)"]),
    (
      #"{"a":{"b":1,"b":2},"a":1}"#, ["1:13 a.b: duplicate key (first at 1:7)", "1:20 a: duplicate key (first at 1:2)"]
    ),
    (
      #"["\uD800", "\uDC00", "\uD800\uD800"]"#,
      [
        "1:3 [0]: half of a surrogate pair", "1:13 [1]: half of a surrogate pair", "1:23 [2]: half of a surrogate pair",
        "1:29 [2]: half of a surrogate pair",
      ]
    ),
    (
      #"["\x", "\u12G4", "\u12"]"#,
      [
        "1:3 [0]: no such escape; a backslash itself is written \\\\",
        "1:9 [1]: four hexadecimal digits must follow \\u", "1:19 [2]: four hexadecimal digits must follow \\u",
      ]
    ),
    (
      "[\"a\tb\", \"a\u{1}b\"]",
      [
        "1:4 [0]: a control character in a string; write it as an escape",
        "1:11 [1]: a control character in a string; write it as an escape",
      ]
    ),
    ("[1, 2] x", ["1:8 : text behind the end of the document"]),
    (
      "[1 // one\n, 2 /* two */]  # three",
      ["1:4 : JSON has no comments", "2:5 : JSON has no comments", "2:17 : JSON has no comments"]
    ),
    ("[1, 2,]", ["1:6 : a comma before the closing bracket"]),
    (#"{"a": 1,}"#, ["1:8 : a comma before the closing bracket"]),
    (#"{"a": 1 "b": 2}"#, ["1:9 : a comma is missing before this"]),
    (
      #"[1 2 [3] {} "x" -4]"#,
      ["1:4", "1:6", "1:10", "1:13", "1:17"].map { "\($0) : a comma is missing before this" }
    ),
    ("{a: 1, b_2: 2}", ["1:2 : a key stands in double quotes", "1:8 : a key stands in double quotes"]),
    (
      "[NaN, True, undefined, Infinity, -Infinity, nul]",
      [
        "1:2 [0]: NaN is no JSON value; quote text", "1:7 [1]: True is no JSON value; did you mean true?",
        "1:13 [2]: undefined is no JSON value; quote text", "1:24 [3]: Infinity is no JSON value; quote text",
        "1:34 [4]: -Infinity is no JSON number: digits are missing",
        "1:45 [5]: nul is no JSON value; did you mean null?",
      ]
    ),
    (
      "[1e999, 99999999999999999999, -9223372036854775809, 1e-999]",
      [
        "1:2 [0]: 1e999 is out of range", "1:9 [1]: 99999999999999999999 is out of range",
        "1:31 [2]: -9223372036854775809 is out of range", "1:53 [3]: 1e-999 is out of range",
      ]
    ),
    (
      "[01, +1, .5, 1., 1e, 1e+, -, 1.2.3, 0x1F, 1_000]",
      [
        "1:2 [0]: 01 is no JSON number: it begins with a zero", "1:6 [1]: +1 is no JSON number: it begins with a plus",
        "1:10 [2]: .5 is no JSON number: no digit before the point",
        "1:14 [3]: 1. is no JSON number: no digit behind the point",
        "1:18 [4]: 1e is no JSON number: no digit in the exponent",
        "1:22 [5]: 1e+ is no JSON number: no digit in the exponent",
        "1:27 [6]: - is no JSON number: digits are missing",
        "1:30 [7]: 1.2.3 is no JSON number: more than digits, a point and an exponent",
        "1:37 [8]: 0x1F is no JSON number: more than digits, a point and an exponent",
        "1:43 [9]: 1_000 is no JSON number: more than digits, a point and an exponent",
      ]
    ),
  ])
  func reportsEveryMistakeAndGoesOn(_ text: String, _ expected: [String]) {
    #expect(problems(text) == expected)
    #expect(document(text).root != nil)
  }

  @Test(arguments: [
    ("", "1:1 : the file is empty"),
    (" \n\n ", "3:2 : the file is empty"),
    ("{", "1:2 : the text ends inside an object (opened at 1:1)"),
    ("{\"a\": [1,\n 2", "2:3 a: the text ends inside an array (opened at 1:7)"),
    ("{\"a\" 1}", "1:6 a: found 1 instead of a colon"),
    ("{\"a\": ]}", "1:7 a: found ] instead of a value"),
    ("[1}", "1:3 : found } instead of a comma or ] (opened at 1:1)"),
    ("[1,,2]", "1:4 [1]: found , instead of a value"),
    ("{'a': 1}", "1:2 : found a single quote instead of a key in double quotes"),
    ("[\u{A0}1]", "1:2 [0]: found U+00A0 instead of a value"),
    ("[\0]", "1:2 [0]: found U+0000 instead of a value"),
    ("{\"a\": \"x\n\"}", "1:7 a: the string does not end on its line"),
    ("[\"abc", "1:2 [0]: the string does not end"),
    ("[\"abc\\", "1:2 [0]: the string does not end"),
  ])
  func stopsWhereTheTextCannotBeFollowed(_ text: String, _ expected: String) {
    #expect(problems(text) == [expected])
    #expect(document(text).root == nil)
  }

  /// Table 3-7 of the Unicode standard: overlong forms, surrogates, beyond U+10FFFF, stray and missing continuations.
  @Test(
    arguments: [
      [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xC3], [0xFF],
    ] as [[UInt8]])
  func refusesBytesThatAreNotUTF8(_ bytes: [UInt8]) {
    let text = Array("{\"a\": \"x".utf8) + bytes + Array("y\", \"b\": 1, \"b\": 2}".utf8)
    let document = JSONDocument(text)
    #expect(document.diagnostics.first?.message == "not UTF-8")
    #expect(document.diagnostics.first?.position == Position(line: 1, column: 9))
    // Reading went on to the duplicate key.
    #expect(document.diagnostics.last?.path == "b")
    #expect(JSONDocument(bytes).root == nil)
    #expect(JSONDocument(bytes).diagnostics.count == 1)
  }

  @Test func namesOtherEncodings() {
    #expect(
      lines(JSONDocument([0xFF, 0xFE, 0x7B, 0]).diagnostics) == ["1:1 : the file is not UTF-8; save it as UTF-8"])
  }

  @Test func allowsSixtyFourLevelsAndNoMore() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(document(nested(64)).diagnostics.isEmpty)
    let path = String(repeating: "[0]", count: 64)
    #expect(problems(nested(65)) == ["1:65 \(path): nested deeper than 64 levels"])
    let wide = String(repeating: "[", count: 64) + "[],{\"x\": \"]\\\"\"},[]" + String(repeating: "]", count: 64)
    #expect(problems(wide) == ["1:65 \(path): nested deeper than 64 levels"])
  }

  @Test(arguments: ["[", "{\"a\":", "[{\"a\":[", "[[[],"])
  func survivesDepthBombs(_ unit: String) {
    let document = document(String(repeating: unit, count: 300_000))
    #expect(document.root == nil)
    #expect(document.diagnostics.first?.message == "nested deeper than 64 levels")
    #expect(document.diagnostics.count == 2)
  }

  @Test func staysLinearOnHugeTokens() {
    let digits = String(repeating: "9", count: 400_000)
    #expect(document("[\(digits), 0.\(digits), \"\(digits)\"]").diagnostics.count == 1)
    let keys = (0..<20_000).map { "\"k\($0)\": 0" }.joined(separator: ",")
    #expect(document("{\(keys), \"k7\": 1}").diagnostics.count == 1)
  }
}
