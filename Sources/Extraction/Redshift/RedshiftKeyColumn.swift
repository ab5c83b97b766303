import Catalogs
import Plans

/// Values as Redshift's SQL writes them.
enum RedshiftLiteral {
  /// `'text'`: Redshift reads a backslash as an escape, so it is doubled like a quote.
  static func quoted(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
  }
}

/// A key or watermark column in statements, and its values as plans have them.
struct RedshiftKeyColumn: SQLKeyColumn {
  let type: RedshiftType
  /// The quoted name.
  let sql: String

  init(_ column: Column) {
    type = RedshiftType(column.declaredType)
    sql = Identifier.quoted(column.name)
  }

  /// A value of the column. `NUMERIC` without digits would round, so casts name the declared type.
  func literal(_ value: KeyValue) -> String {
    let text =
      switch value {
      case .integer(let value): "\(value)"
      case .real(let value):
        value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.isNaN ? "NaN" : "\(value)"
      case .text(let text): text
      case .bytes(let bytes): Hex.text(bytes)
      }
    switch type.form {
    case .integer: return text
    case .numeric: return RedshiftLiteral.quoted(text) + "::" + type.declared
    case .float: return RedshiftLiteral.quoted(text) + "::float8"
    case .bytes: return "FROM_HEX(\(RedshiftLiteral.quoted(text)))"
    case .date: return RedshiftLiteral.quoted(text) + "::date"
    case .time: return RedshiftLiteral.quoted(text) + "::time"
    case .timestamp: return RedshiftLiteral.quoted(text) + "::timestamp"
    case .instant: return RedshiftLiteral.quoted(text) + "::timestamptz"
    case .bool, .text: return RedshiftLiteral.quoted(text)
    }
  }

  /// Column by column: releases of PostgreSQL as old as Redshift's origin do not compare rows left to right.
  static func compare(_ columns: [String], _ relation: String, _ values: [String]) -> String {
    guard columns.count > 1 else { return "\(columns[0]) \(relation) \(values[0])" }
    let strict = String(relation.prefix(1))
    let rest = compare(Array(columns.dropFirst()), relation, Array(values.dropFirst()))
    return "(\(columns[0]) \(strict) \(values[0]) OR (\(columns[0]) = \(values[0]) AND \(rest)))"
  }

  /// The value as text that is read back by ``value(_:)``.
  var selected: String { selected(sql) }

  /// The same for another expression of the column's type.
  func selected(_ expression: String) -> String {
    switch type.form {
    case .instant: RedshiftCanonical.text(expression, type) + " || '+00'"
    case .text: expression
    default: RedshiftCanonical.plain(expression, type)
    }
  }

  /// Nil for NULL, and for what no plan can order: NaN.
  func value(_ text: String?) -> KeyValue? {
    guard let text else { return nil }
    switch type.form {
    case .integer: return Int64(text).map { .integer($0) }
    case .float:
      guard let value = Double(text == "Infinity" ? "inf" : text == "-Infinity" ? "-inf" : text), !value.isNaN else {
        return nil
      }
      return .real(value)
    case .bytes: return Hex.bytes(text).map { .bytes($0) }
    default: return .text(text)
    }
  }
}
