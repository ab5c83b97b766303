/// A column of a result, as `rowtype` describes it.
package struct ResultColumn: Hashable, Sendable {
  package let name: String
  /// In lower case: `fixed`, `real`, `text`, `boolean`, `date`, `time`, `timestamp_ntz`, `timestamp_ltz`, `timestamp_tz`,
  /// `binary`, `variant`, `object`, `array`, …
  package let type: String
  package let isNullable: Bool
  package let precision: Int?
  package let scale: Int?
  /// Characters of text, bytes of binary.
  package let length: Int?
}

extension ResultColumn: Decodable {
  private enum Key: String, CodingKey {
    case name, type, nullable, precision, scale, length
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    name = try container.decode(String.self, forKey: .name)
    type = try container.decode(String.self, forKey: .type).lowercased()
    isNullable = try container.decodeIfPresent(Bool.self, forKey: .nullable) ?? true
    precision = try container.decodeIfPresent(Int.self, forKey: .precision)
    scale = try container.decodeIfPresent(Int.self, forKey: .scale)
    length = try container.decodeIfPresent(Int.self, forKey: .length)
  }
}
