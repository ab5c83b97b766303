import Catalogs
import Plans

/// Values as PostgreSQL's SQL writes them, for statements that take no parameters (`COPY`).
enum PostgreSQLLiteral {
  /// `'text'`, quotes doubled; the session has `standard_conforming_strings` on.
  static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

  /// `value` as a value of `type`.
  static func value(_ value: KeyValue, as type: PostgreSQLType) -> String {
    let text =
      switch value {
      case .integer(let value): "\(value)"
      case .real(let value):
        value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.isNaN ? "NaN" : "\(value)"
      case .text(let text): text
      case .bytes(let bytes): "\\x" + Hex.text(bytes)
      }
    return quoted(text) + "::" + type.castName
  }
}

/// A key or watermark column in statements, and its values as plans have them.
struct PostgreSQLKeyColumn: SQLKeyColumn {
  let type: PostgreSQLType
  /// The quoted name.
  let sql: String

  init(_ column: Column) {
    type = PostgreSQLType(column.declaredType)
    sql = Identifier.quoted(column.name)
  }

  func literal(_ value: KeyValue) -> String { PostgreSQLLiteral.value(value, as: type) }

  /// As rows, left to right.
  static func compare(_ columns: [String], _ relation: String, _ values: [String]) -> String {
    "(\(columns.joined(separator: ", "))) \(relation) (\(values.joined(separator: ", ")))"
  }

  /// The value as text that is read back by ``value(_:)``; one length for all values of a time, as targets keep them.
  var selected: String { selected(sql) }

  /// The same for another expression of the column's type.
  func selected(_ expression: String) -> String {
    switch type.wire {
    case .bytes: "encode(\(expression), 'hex')"
    case .instant: PostgreSQLCanonical.text(expression, type) + " || '+00'"
    case .time, .timestamp: PostgreSQLCanonical.text(expression, type)
    default: "(\(expression))::text"
    }
  }

  /// Nil for NULL, and for what no plan can order: NaN and infinite times.
  func value(_ text: String?) -> KeyValue? {
    guard let text else { return nil }
    switch type.wire {
    case .int16, .int32, .int64, .oid: return Int64(text).map { .integer($0) }
    case .float32, .float64:
      guard let value = Double(text == "Infinity" ? "inf" : text == "-Infinity" ? "-inf" : text), !value.isNaN else {
        return nil
      }
      return .real(value)
    case .numeric: return text == "NaN" || text.hasSuffix("Infinity") ? nil : .text(text)
    case .bytes: return Hex.bytes(text).map { .bytes($0) }
    case .date, .timestamp, .instant: return text.contains("infinity") ? nil : .text(text)
    default: return .text(text)
    }
  }
}

extension Table {
  /// The name as PostgreSQL's SQL writes it.
  var postgresName: String {
    [name.schema, name.table].compactMap { $0 }.map(Identifier.quoted).joined(separator: ".")
  }
}
