import Catalogs
import Parquet
import Plans
import Postgres

/// Reads the rows of a query one by one, as text, and fills batches with them.
final class RedshiftRowReader {
  private let columns: [ColumnPlan]
  private let fills: [RedshiftColumnFill]
  private let place: String
  private let key: [String]

  /// - Parameters:
  ///   - forms: how the values of each column come.
  ///   - place: the table, for messages.
  ///   - key: source columns of the table's primary key, whose values tell a row that is refused.
  init(_ columns: [ColumnPlan], _ forms: [RedshiftType.Form], at place: String, key: [String]) {
    self.columns = columns
    self.place = place
    self.key = key
    fills = zip(columns, forms).map { RedshiftColumnFill($0.type, from: $1, isNullable: $0.isNullable) }
  }

  /// Reads all rows of `sql`; returns how many came.
  func read(
    _ sql: String, on connection: PostgresConnection, into writer: StageWriter, batchBytes: Int, _ pacer: ProgressPacer
  ) throws -> Int {
    var rows = 0
    var bytes = 0
    var batch = try writer.empty(pacer.tick)
    do {
      try connection.each(sql, wait: pacer.tick) { row in
        if bytes >= batchBytes {
          writer.submit(batch)
          batch = try writer.empty(pacer.tick)
          bytes = 0
        }
        for index in fills.indices {
          let value = row.bytes(0, index)
          let used = try fills[index].append(value, to: batch.appenders[index])
          guard used >= 0 else { throw refusal(of: index, isNull: value == nil, row, rows + 1) }
          bytes += used
        }
        rows += 1
        if rows % 1024 == 0 {
          pacer.rows = rows
          try pacer.tick()
        }
      }
    } catch let error as ParquetError {
      throw ExtractionError(.valueDoesNotFit, at: place, "a value is too long to be staged: \(error.message)")
    }
    pacer.rows = rows
    if batch.rows > 0 { writer.submit(batch) }
    return rows
  }

  /// What to say of a value that the plan's type cannot hold: everything but the value.
  private func refusal(of index: Int, isNull: Bool, _ values: PostgresResult, _ row: Int) -> ExtractionError {
    let column = columns[index]
    let planned = "\(column.type)\(column.isNullable ? "" : " NOT NULL")"
    let advice =
      isNull
      ? "make a new plan"
      : "make a new plan without --no-scan, or map \(column.sourceType) to a text type with columnTypeMappings"
    return ExtractionError(
      .valueDoesNotFit, at: "\(place), column \(column.source)",
      "\(isNull ? "a NULL" : "a \(column.sourceType)") (row \(row) of the part\(key(of: values))) does not fit the planned \(planned); \(advice)"
    )
  }

  /// The row's primary key, where it is made of whole numbers: `, key id = 42`.
  private func key(of row: PostgresResult) -> String {
    let values = key.map { name -> String? in
      guard let index = columns.firstIndex(where: { $0.source == name }), columns[index].type == .integer else {
        return nil
      }
      return row.text(0, index).map { "\(name) = \($0)" }
    }
    guard !key.isEmpty, !values.contains(nil) else { return "" }
    return ", key " + values.compactMap { $0 }.joined(separator: ", ")
  }
}
