/// A value of a JSON document and the bytes it was read from.
package struct JSONNode: Sendable {
  package enum Content: Sendable {
    case null
    case boolean(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONNode])
    case object([JSONMember])
    /// Something that is no JSON value and was reported as such.
    case invalid
  }

  package var content: Content
  /// Offsets into the bytes of the document.
  package var range: Range<Int>

  package init(_ content: Content, at range: Range<Int>) {
    self.content = content
    self.range = range
  }

  package var offset: Int { range.lowerBound }

  /// The members of an object; nil for any other value.
  package var members: [JSONMember]? {
    if case .object(let members) = content { members } else { nil }
  }

  /// The elements of an array; nil for any other value.
  package var elements: [JSONNode]? {
    if case .array(let elements) = content { elements } else { nil }
  }

  /// The value of the member called `key`.
  package subscript(key: String) -> JSONNode? {
    members?.first { $0.key == key }?.value
  }

  /// What it is, as a message says it.
  package var kind: String {
    switch content {
    case .null: "null"
    case .boolean: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    case .invalid: "no value"
    }
  }
}

/// A key of an object with its value.
package struct JSONMember: Sendable {
  package var key: String
  /// Where the key begins, its quote included.
  package var keyOffset: Int
  package var value: JSONNode

  package init(key: String, keyOffset: Int, value: JSONNode) {
    self.key = key
    self.keyOffset = keyOffset
    self.value = value
  }
}

/// A number as the document writes it: valid by RFC 8259, and within the range of a 64-bit integer or a double.
package struct JSONNumber: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  /// The value where it is whole and exact: `7`, `7.0`, `7e3`.
  package var whole: Int? {
    if let value = Int(text) { return value }
    guard let value = Double(text), abs(value) < 9_007_199_254_740_992 else { return nil }
    return Int(exactly: value)
  }
}
