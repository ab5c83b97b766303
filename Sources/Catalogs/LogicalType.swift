/// What a column holds, between the type its source declares and the type its target stores.
///
/// Written as one word in plans and state: `decimal(10,2)`, `text(40)`, `timestamp(6)`.
package enum LogicalType: Hashable, Sendable {
  case boolean
  /// A whole number of at most 64 bits, signed.
  case integer
  /// A decimal number of `precision` digits, `scale` of them behind the point; precision is 1 to 38.
  case decimal(precision: Int, scale: Int)
  /// IEEE 754, 64 bits.
  case float
  /// Unicode text of at most `length` characters (code points); nil when the source sets no limit.
  case text(length: Int?)
  /// Bytes, at most `length`; nil when the source sets no limit.
  case binary(length: Int?)
  /// A day of the proleptic Gregorian calendar.
  case date
  /// A time of day; `scale` digits behind the second, 0 to 9.
  case time(scale: Int)
  /// A date and time with no zone; `scale` digits behind the second, 0 to 9.
  case timestamp(scale: Int)
  /// An instant, kept in UTC; `scale` digits behind the second, 0 to 9.
  case instant(scale: Int)
  /// Any single value, its own type kept with it: staged as JSON text (see docs/types.md).
  case variant
  case uuid
}

extension LogicalType: CustomStringConvertible, LosslessStringConvertible {
  package var description: String {
    switch self {
    case .boolean: "boolean"
    case .integer: "integer"
    case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
    case .float: "float"
    case .text(let length): length.map { "text(\($0))" } ?? "text"
    case .binary(let length): length.map { "binary(\($0))" } ?? "binary"
    case .date: "date"
    case .time(let scale): "time(\(scale))"
    case .timestamp(let scale): "timestamp(\(scale))"
    case .instant(let scale): "instant(\(scale))"
    case .variant: "variant"
    case .uuid: "uuid"
    }
  }

  package init?(_ description: String) {
    guard let type = TypeName(description), !type.isMax else { return nil }
    let first = type.arguments.first
    switch (type.name, type.arguments.count) {
    case ("boolean", 0): self = .boolean
    case ("integer", 0): self = .integer
    case ("decimal", 2): self = .decimal(precision: type.arguments[0], scale: type.arguments[1])
    case ("float", 0): self = .float
    case ("text", 0...1): self = .text(length: first)
    case ("binary", 0...1): self = .binary(length: first)
    case ("date", 0): self = .date
    case ("time", 1): self = .time(scale: type.arguments[0])
    case ("timestamp", 1): self = .timestamp(scale: type.arguments[0])
    case ("instant", 1): self = .instant(scale: type.arguments[0])
    case ("variant", 0): self = .variant
    case ("uuid", 0): self = .uuid
    default: return nil
    }
  }
}

extension LogicalType: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let type = LogicalType(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no logical type is written \(text)")
    }
    self = type
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
