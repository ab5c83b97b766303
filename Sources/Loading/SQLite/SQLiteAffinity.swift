import Catalogs

/// What SQLite does to a value on its way into a column.
///
/// A declared type has no other effect. Source: https://www.sqlite.org/datatype3.html#type_affinity
enum SQLiteAffinity: Sendable {
  /// Text that reads as a number becomes one, a real without fraction an integer.
  case integer, numeric
  /// The same, and every integer becomes a real.
  case real
  /// Numbers become text.
  case text
  /// Nothing.
  case blob

  /// The affinity of a column declared so; in a STRICT table `ANY` keeps every value.
  init(declared: String, isStrict: Bool = false) {
    let type = declared.uppercased()
    if isStrict, type == "ANY" {
      self = .blob
    } else if type.contains("INT") {
      self = .integer
    } else if type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT") {
      self = .text
    } else if type.isEmpty || type.contains("BLOB") {
      self = .blob
    } else if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") {
      self = .real
    } else {
      self = .numeric
    }
  }

  /// A declared type that has this affinity, for tables of scmplan's own.
  var declaration: String {
    switch self {
    case .integer: "INTEGER"
    case .numeric: "NUMERIC"
    case .real: "REAL"
    case .text: "TEXT"
    case .blob: "BLOB"
    }
  }

  var isNumeric: Bool {
    switch self {
    case .integer, .numeric, .real: true
    case .text, .blob: false
    }
  }

  /// Whether a column of this affinity takes every value of `type` without loss. Where it does not, a load still
  /// checks value by value, and refuses what would change.
  func keeps(_ type: LogicalType) -> Bool {
    switch type {
    case .boolean, .float, .binary, .date, .time, .timestamp, .instant, .uuid: true
    case .integer: self != .real
    case .decimal(let precision, _): precision <= SQLiteDialect.numericDigits || !isNumeric
    case .text: !isNumeric
    case .variant: self == .blob
    }
  }
}
