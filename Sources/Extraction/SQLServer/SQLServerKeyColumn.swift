import Catalogs
import Plans

/// A key or watermark column in statements, and its values as plans have them.
struct SQLServerKeyColumn: SQLKeyColumn {
  let type: SQLServerType
  /// The quoted name.
  let sql: String
  private let collation: String?

  init(_ column: Column) {
    type = SQLServerType(column.declaredType)
    sql = SQLServerName.quoted(column.name)
    collation = column.collation
  }

  /// A value in the column's own type and collation. Anything else would let the server convert the column: a text of a code
  /// page then compares in another order than the one it is sorted in, and an index serves no more.
  func literal(_ value: KeyValue) -> String {
    let text =
      switch value {
      case .integer(let value): "\(value)"
      case .real(let value): "\(value)"
      case .text(let text): text
      case .bytes(let bytes): "0x" + Hex.text(bytes)
      }
    switch type.form {
    case .integer: return "CAST(\(text) AS \(type.name))"
    case .real: return "CAST(CAST('\(text)' AS float) AS real)"
    case .narrowText, .wideText:
      let collated = SQLServerName.text(text) + (collation.map { " COLLATE \($0)" } ?? "")
      return "CAST(\(collated) AS \(type.declared))"
    case .binary, .assembly, .variant: return "CAST(\(text) AS varbinary(8000))"
    case .rowversion: return "CAST(\(text) AS binary(8))"
    case .hierarchy: return "CAST(\(text) AS hierarchyid)"
    // With a `T` no language reads the day for the month.
    case .datetime, .smalldatetime, .datetime2, .datetimeoffset:
      return "CAST('\(text.replacing(" ", with: "T"))' AS \(type.declared))"
    default: return "CAST(\(SQLServerName.text(text)) AS \(type.declared))"
    }
  }

  /// Column by column: T-SQL compares no rows.
  static func compare(_ columns: [String], _ relation: String, _ values: [String]) -> String {
    guard columns.count > 1 else { return "\(columns[0]) \(relation) \(values[0])" }
    let strict = String(relation.prefix(1))
    let rest = compare(Array(columns.dropFirst()), relation, Array(values.dropFirst()))
    return "(\(columns[0]) \(strict) \(values[0]) OR (\(columns[0]) = \(values[0]) AND \(rest)))"
  }

  /// The value as text that is read back by ``value(_:)``.
  var selected: String { selected(sql) }

  /// The same for another expression of the column's type; moments with an offset as the moment in UTC, as they compare.
  func selected(_ expression: String) -> String {
    switch type.form {
    case .datetimeoffset: "CONVERT(varchar(27), \(SQLServerKeyColumn.utc(expression, type.scale)), 121) + '+00:00'"
    case .hierarchy: "LOWER(CONVERT(varchar(1784), CAST(\(expression) AS varbinary(892)), 2))"
    default: type.text(expression)
    }
  }

  /// The moment in UTC, without its offset.
  static func utc(_ expression: String, _ scale: Int) -> String {
    "CAST(SWITCHOFFSET(\(expression), '+00:00') AS datetime2(\(scale)))"
  }

  /// Nil for NULL, and for what the server did not write as it should.
  func value(_ text: String?) -> KeyValue? {
    guard let text else { return nil }
    switch type.form {
    case .bit, .integer: return Int64(text).map { .integer($0) }
    case .real, .float: return Double(text).map { .real($0) }
    case .binary, .rowversion, .hierarchy, .assembly: return Hex.bytes(text).map { .bytes($0) }
    default: return .text(text)
    }
  }
}
