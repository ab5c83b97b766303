package import Catalogs

/// A Snowflake data type, in the one spelling that `DESCRIBE TABLE` prints whatever its table was declared with.
///
/// Source: https://docs.snowflake.com/en/sql-reference/intro-summary-data-types
package struct SnowflakeType: Hashable, Sendable, CustomStringConvertible {
  package enum Zone: String, Hashable, Sendable {
    /// The date and time on the wall.
    case none = "TIMESTAMP_NTZ"
    /// An instant, shown in the session's zone.
    case local = "TIMESTAMP_LTZ"
    /// An instant with the offset it was given.
    case own = "TIMESTAMP_TZ"
  }

  package enum Kind: Hashable, Sendable {
    case number(precision: Int, scale: Int)
    case float
    /// 38 significant digits with an exponent.
    case decfloat
    case boolean
    case varchar(length: Int)
    case binary(length: Int)
    case date
    case time(scale: Int)
    case timestamp(Zone, scale: Int)
    case variant
    case uuid
    /// A type that takes no single value: `OBJECT`, `ARRAY`, `MAP`, `VECTOR`, `GEOGRAPHY`, `GEOMETRY`, `FILE`, structured types.
    case other(String)
  }

  package var kind: Kind

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// The longest text that a column can be declared for, in characters.
  package static let longestText = 134_217_728
  /// The most bytes that a column can be declared for.
  package static let longestBinary = 67_108_864
  /// Characters of a `VARCHAR` without a length.
  package static let plainText = 16_777_216
  /// Bytes of a `BINARY` without a length.
  package static let plainBinary = 8_388_608

  /// Nil for a text that names no type that Snowflake has, or with arguments it does not take.
  package init?(_ declared: String) {
    guard let type = TypeName(declared), !type.isMax else { return nil }
    let arguments = type.arguments
    switch type.name {
    case "number", "decimal", "dec", "numeric":
      let precision = arguments.first ?? 38
      let scale = arguments.count > 1 ? arguments[1] : 0
      guard arguments.count <= 2, (1...38).contains(precision), (0...min(37, precision)).contains(scale) else {
        return nil
      }
      kind = .number(precision: precision, scale: scale)
    case "int", "integer", "bigint", "smallint", "tinyint", "byteint": kind = .number(precision: 38, scale: 0)
    case "float", "float4", "float8", "double", "double precision", "real": kind = .float
    case "decfloat": kind = .decfloat
    case "boolean", "bool": kind = .boolean
    case "char", "character", "nchar":
      guard let length = Self.length(arguments, standard: 1, most: Self.longestText) else { return nil }
      kind = .varchar(length: length)
    case "varchar", "string", "text", "nvarchar", "nvarchar2", "varchar2", "char varying", "character varying",
      "nchar varying":
      guard let length = Self.length(arguments, standard: Self.plainText, most: Self.longestText) else { return nil }
      kind = .varchar(length: length)
    case "binary", "varbinary", "binary varying":
      guard let length = Self.length(arguments, standard: Self.plainBinary, most: Self.longestBinary) else {
        return nil
      }
      kind = .binary(length: length)
    case "date": kind = .date
    case "time": kind = .time(scale: arguments.first ?? 9)
    case "timestamp", "timestamp_ntz", "timestampntz", "timestamp without time zone", "datetime":
      kind = .timestamp(.none, scale: arguments.first ?? 9)
    case "timestamp_ltz", "timestampltz", "timestamp with local time zone":
      kind = .timestamp(.local, scale: arguments.first ?? 9)
    case "timestamp_tz", "timestamptz", "timestamp with time zone":
      kind = .timestamp(.own, scale: arguments.first ?? 9)
    case "variant": kind = .variant
    case "uuid": kind = .uuid
    case "object", "array", "map", "vector", "geography", "geometry", "file":
      kind = .other(Self.tidied(declared))
    default: return nil
    }
    switch kind {
    case .time(let scale), .timestamp(_, let scale):
      guard arguments.count <= 1, (0...9).contains(scale) else { return nil }
    default: break
    }
  }

  package var description: String {
    switch kind {
    case .number(let precision, let scale): "NUMBER(\(precision),\(scale))"
    case .float: "FLOAT"
    case .decfloat: "DECFLOAT"
    case .boolean: "BOOLEAN"
    case .varchar(let length): "VARCHAR(\(length))"
    case .binary(let length): "BINARY(\(length))"
    case .date: "DATE"
    case .time(let scale): "TIME(\(scale))"
    case .timestamp(let zone, let scale): "\(zone.rawValue)(\(scale))"
    case .variant: "VARIANT"
    case .uuid: "UUID"
    case .other(let text): text
    }
  }

  /// What a column of the type can be filled with.
  ///
  /// A text or binary column of Snowflake's standard length or more counts as one without a limit: that is what a source
  /// column without a limit becomes when its table is deployed beforehand, and a longer value stops the load, it is never
  /// cut. `DECFLOAT` takes every decimal of 19 digits on either side of the point. Types that take no single value hold
  /// nothing.
  package var logicalType: LogicalType {
    switch kind {
    case .number(let precision, let scale): .decimal(precision: precision, scale: scale)
    case .float: .float
    case .decfloat: .decimal(precision: 38, scale: 19)
    case .boolean: .boolean
    case .varchar(let length): .text(length: length >= Self.plainText ? nil : length)
    case .binary(let length): .binary(length: length >= Self.plainBinary ? nil : length)
    case .date: .date
    case .time(let scale): .time(scale: scale)
    case .timestamp(.none, let scale): .timestamp(scale: scale)
    case .timestamp(_, let scale): .instant(scale: scale)
    case .variant: .variant
    case .uuid: .uuid
    case .other: Self.holdsNothing
    }
  }

  /// A type into which no value fits but the empty text.
  package static let holdsNothing = LogicalType.text(length: 0)

  private static func length(_ arguments: [Int], standard: Int, most: Int) -> Int? {
    guard let length = arguments.first else { return standard }
    return arguments.count == 1 && (1...most).contains(length) ? length : nil
  }

  /// Upper case outside of quotes, no white space around parentheses and commas, one blank elsewhere.
  private static func tidied(_ declared: String) -> String {
    var text = ""
    var isQuoted = false
    var isBlankDue = false
    for character in declared {
      if character == "\"" { isQuoted.toggle() }
      if !isQuoted, character.isWhitespace {
        isBlankDue = true
        continue
      }
      let isTight = !isQuoted && "(),".contains(character) || ["(", ","].contains(text.last)
      if isBlankDue, !text.isEmpty, !isTight { text.append(" ") }
      isBlankDue = false
      text.append(contentsOf: isQuoted ? String(character) : character.uppercased())
    }
    return text
  }
}
