package import Catalogs
package import Plans
import Snowflake

extension SnowflakeTargetSession {
  package func rowCount(of name: ObjectName) throws -> Int {
    try speaking(at: name.description) {
      try ask("SELECT COUNT(*) AS N FROM \(SnowflakeName.written(name))").number ?? 0
    }
  }

  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], _ row: ComparedRow, _ body: (RowMark) throws -> Void
  ) throws {
    try scan(name, columns: columns, where: nil, row, body)
  }

  func scan(
    _ name: ObjectName, columns: [ColumnPlan], where condition: String?, _ row: ComparedRow,
    _ body: (RowMark) throws -> Void
  ) throws {
    let list = columns.map { Identifier.quoted($0.target) }.joined(separator: ", ")
    let rows = SnowflakeName.written(name) + (condition.map { " WHERE \($0)" } ?? "")
    try scan(name, "SELECT \(list) FROM \(rows)", columns, row) { mark, _ in try body(mark) }
  }

  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], in parts: PartedScan, _ row: ComparedRow,
    _ body: (RowMark, Int) throws -> Void
  ) throws {
    let list = columns.map { Identifier.quoted($0.target) }.joined(separator: ", ")
    let rows = try SnowflakePredicate.parted(list, from: name, parts, place: name.description)
    try scan(name, rows, columns, row, body)
  }

  /// - Parameter query: gives the columns, and the position of the part behind them, where it gives more.
  private func scan(
    _ name: ObjectName, _ query: String, _ columns: [ColumnPlan], _ row: ComparedRow,
    _ body: (RowMark, Int) throws -> Void
  ) throws {
    try speaking(at: name.description) {
      // Numbers keep all their digits, and rows come in fewer bytes.
      _ = try ask("ALTER SESSION SET C_API_QUERY_RESULT_FORMAT = 'ARROW'")
      try connection.stream(query, tag: tag) { types, rows in
        let forms = zip(columns, types).map { SnowflakeStoredForm(type: $0.type, wire: $1) }
        for values in rows {
          for (form, value) in zip(forms, values) { form.append(value, to: row) }
          let part = values.count > forms.count ? values[forms.count].flatMap { Int($0) } : 0
          try body(row.finish(), part ?? 0)
        }
      }
    }
  }

  /// What a `VARIANT` column keeps of a value is Snowflake's own form of it.
  package func isComparable(_ column: ColumnPlan) -> Bool {
    column.type != .variant && SnowflakeType(column.targetType)?.kind != .variant
  }
}

/// How values that an account returns become canonical text of the type that the plan gave their column.
///
/// A value that is none of the type goes as it came, under a letter that no value of the type has: it differs from whatever
/// the source has.
private struct SnowflakeStoredForm {
  let type: LogicalType
  /// The column's type in the answer.
  let wire: String

  func append(_ text: String?, to row: ComparedRow) {
    guard let text else { return row.appendNull() }
    if !isTaken(text, row) { raw("?", text, row) }
  }

  private func isTaken(_ text: String, _ row: ComparedRow) -> Bool {
    switch (type, wire) {
    // Columns of a table that was there before may hold a value in a type of their own.
    case (.boolean, "boolean"), (.boolean, "fixed"), (.boolean, "text"):
      guard let value = WireText.bool(text) else { return false }
      row.append(boolean: value)
    case (.integer, "fixed"), (.integer, "text"):
      guard let value = DecimalText(text, scale: 0).flatMap({ Int64(exactly: $0.unscaled) }) else { return false }
      row.append(integer: value)
    case (.decimal(_, let scale), "fixed"), (.decimal(_, let scale), "text"):
      guard let value = DecimalText(text, scale: scale) else { return false }
      row.append(value)
    case (.decimal(_, let scale), "real"):
      guard let value = WireText.double(text), let decimal = DecimalText(nearest: value, scale: scale) else {
        return false
      }
      row.append(decimal)
    case (.float, "real"), (.float, "fixed"):
      guard let value = WireText.double(text) else { return false }
      row.append(real: value)
    case (.text, "text"): raw("s", text, row)
    case (.uuid, "text"): raw("u", text, row)
    case (.binary, "binary"):
      guard let bytes = WireText.binary(text) else { return false }
      bytes.withUnsafeBytes { row.append(blob: $0) }
    case (.date, "date"):
      guard let days = WireText.date(text) else { return false }
      row.append("d", clock: { ClockText.writeDate(Int(days), to: $0) }, else: Int64(days))
    case (.date, "timestamp_ntz"):
      let day: Int128 = 86_400_000_000_000
      guard let nanos = WireText.timestamp(text), nanos % day == 0, let days = Int64(exactly: nanos / day) else {
        return false
      }
      row.append("d", clock: { ClockText.writeDate(Int(days), to: $0) }, else: days)
    case (.date, "text"): raw("d", text, row)
    case (.time, "text"): raw("h", text, row)
    case (.timestamp, "text"): raw("p", text, row)
    case (.time(let scale), "time"):
      guard let nanos = WireText.time(text) else { return false }
      row.append("h", clock: { ClockText.writeTime(nanos, scale: scale, to: $0) }, else: 0)
    case (.timestamp(let scale), "timestamp_ntz"):
      guard let nanos = WireText.timestamp(text) else { return false }
      row.append("p", clock: { ClockText.writeTimestamp(nanos, scale: scale, to: $0) }, else: 0)
    case (.instant(let scale), "timestamp_ntz"), (.instant(let scale), "timestamp_ltz"):
      guard let nanos = WireText.timestamp(text) else { return false }
      row.append("z", clock: { ClockText.writeTimestamp(nanos, scale: scale, to: $0) }, else: 0)
    case (.instant(let scale), "timestamp_tz"):
      guard let nanos = WireText.timestampTZ(text)?.nanoseconds else { return false }
      row.append("z", clock: { ClockText.writeTimestamp(nanos, scale: scale, to: $0) }, else: 0)
    default: return false
    }
    return true
  }

  private func raw(_ letter: Unicode.Scalar, _ text: String, _ row: ComparedRow) {
    var text = text
    text.withUTF8 { row.append(letter, UnsafeRawBufferPointer($0)) }
  }
}
