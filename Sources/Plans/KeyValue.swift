/// One value of a partition key or watermark, exact, with the kind its source gave it.
///
/// In JSON a whole number is a number and text a string; a real is `{"real":"0.1"}` and bytes are `{"hex":"00ff"}`, so that
/// each comes back as what it was. Dates, decimals and identifiers travel as the text their source writes for them.
package enum KeyValue: Hashable, Sendable {
  case integer(Int64)
  case real(Double)
  case text(String)
  case bytes([UInt8])
}

extension KeyValue {
  /// Text is equal when its bytes are: sources tell `e` with a combining accent from the single letter, Swift's own
  /// comparison does not.
  package static func == (a: KeyValue, b: KeyValue) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a == b
    case (.real(let a), .real(let b)): a == b
    case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
    case (.bytes(let a), .bytes(let b)): a == b
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .integer(let value): hasher.combine(value)
    case .real(let value): hasher.combine(value)
    case .text(let value):
      for byte in value.utf8 { hasher.combine(byte) }
    case .bytes(let value): hasher.combine(value)
    }
  }
}

extension KeyValue: Codable {
  private enum Key: String, CodingKey {
    case real, hex
  }

  package init(from decoder: any Decoder) throws {
    if let container = try? decoder.singleValueContainer() {
      if let value = try? container.decode(Int64.self) {
        self = .integer(value)
        return
      }
      if let value = try? container.decode(String.self) {
        self = .text(value)
        return
      }
    }
    let container = try decoder.container(keyedBy: Key.self)
    if let text = try container.decodeIfPresent(String.self, forKey: .real) {
      guard let value = Double(text) else {
        throw DecodingError.dataCorruptedError(forKey: .real, in: container, debugDescription: "not a number")
      }
      self = .real(value)
      return
    }
    let hex = try container.decode(String.self, forKey: .hex)
    guard let bytes = Hex.bytes(hex) else {
      throw DecodingError.dataCorruptedError(forKey: .hex, in: container, debugDescription: "not hexadecimal")
    }
    self = .bytes(bytes)
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .integer(let value):
      var container = encoder.singleValueContainer()
      try container.encode(value)
    case .text(let value):
      var container = encoder.singleValueContainer()
      try container.encode(value)
    case .real(let value):
      var container = encoder.container(keyedBy: Key.self)
      try container.encode("\(value)", forKey: .real)
    case .bytes(let value):
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(Hex.text(value), forKey: .hex)
    }
  }
}

extension KeyValue: CustomStringConvertible {
  /// As a person reads it in a plan: `100001`, `'Smith'`, `0x00ff`.
  package var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): "'\(value)'"
    case .bytes(let value): "0x" + Hex.text(value)
    }
  }
}
