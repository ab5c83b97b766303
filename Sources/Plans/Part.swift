/// A key range of a table: the unit that is counted, extracted, loaded and remembered.
package struct Part: Hashable, Codable, Sendable {
  /// Unique within its table for as long as the state remembers the table; never given to another range.
  package var id: Int
  package var range: PartRange

  package init(id: Int, range: PartRange) {
    self.id = id
    self.range = range
  }
}

/// Which rows a part holds. Ranges are half-open: `from` is in, `to` is not.
package enum PartRange: Hashable, Sendable {
  /// Every row: the table has one part.
  case whole
  /// Rows in which any key column is NULL.
  case nullKey
  /// Rows with no NULL in the key and `from <= key < to`; nil leaves that side open.
  case keys(from: Bound?, to: Bound?)
}

/// A point in the order of a partition key: one value for each key column, compared left to right.
package struct Bound: Hashable, Codable, Sendable, CustomStringConvertible {
  package var values: [KeyValue]

  package init(_ values: [KeyValue]) {
    self.values = values
  }

  package init(from decoder: any Decoder) throws {
    values = try [KeyValue](from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    try values.encode(to: encoder)
  }

  package var description: String {
    values.map(\.description).joined(separator: ", ")
  }
}

extension PartRange: Codable {
  private enum Key: String, CodingKey {
    case from, to
  }

  package init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      switch text {
      case "whole": self = .whole
      case "null": self = .nullKey
      default:
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "no part range is called \(text)"))
      }
      return
    }
    let container = try decoder.container(keyedBy: Key.self)
    self = .keys(
      from: try container.decodeIfPresent(Bound.self, forKey: .from),
      to: try container.decodeIfPresent(Bound.self, forKey: .to))
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .whole:
      var container = encoder.singleValueContainer()
      try container.encode("whole")
    case .nullKey:
      var container = encoder.singleValueContainer()
      try container.encode("null")
    case .keys(let from, let to):
      var container = encoder.container(keyedBy: Key.self)
      try container.encodeIfPresent(from, forKey: .from)
      try container.encodeIfPresent(to, forKey: .to)
    }
  }
}
