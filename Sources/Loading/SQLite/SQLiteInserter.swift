import Catalogs
import GRDB
import GRDBSQLite
import Parquet
import Plans

/// Inserts the rows of staged files into one table through one prepared statement, value by value as they lie in the
/// files' columns.
final class SQLiteInserter {
  /// A column to fill: the plan of its values, its name in the table and what SQLite does to values of it.
  struct Target {
    var plan: ColumnPlan
    var name: String
    var affinity: SQLiteAffinity
  }

  private let columns: [Target]
  private let place: String
  private let statement: Statement
  private let connection: OpaquePointer
  private let scratch: UnsafeMutablePointer<UInt8>

  /// - Parameters:
  ///   - table: as SQL, quoted.
  ///   - constants: columns that have one value in all rows, and that value as SQL.
  ///   - place: what errors name.
  init(
    into table: String, columns: [Target], constants: [(name: String, sql: String)] = [], place: String,
    database: Database
  ) throws {
    self.columns = columns
    self.place = place
    let names = SQLiteName.list(columns.map(\.name) + constants.map(\.name))
    let values = Array(repeating: "?", count: columns.count) + constants.map(\.sql)
    statement = try database.makeStatement(
      sql: "INSERT INTO \(table) (\(names)) VALUES (\(values.joined(separator: ", ")))")
    connection = database.sqliteConnection!
    scratch = .allocate(capacity: columns.count * SQLiteBinder.scratchBytes)
  }

  deinit {
    scratch.deallocate()
  }

  /// Inserts every row of the file and returns how many they were.
  ///
  /// - Throws: ``LoadingError`` naming the file and the row that was refused, counted from 1.
  func insert(_ file: StagedFile, stage: String) throws -> Int {
    do {
      let path = StagedFileCheck.path(of: file, stage: stage)
      let reader = try ParquetReader(
        path: path, columns: columns.map(\.plan.target), batchRows: try Self.batchRows(path))
      let binders = try zip(columns, reader.schema.columns).enumerated().map { index, pair in
        try binder(pair.0, staged: pair.1.type, index: index, file: file)
      }
      var rows = 0
      while let batch = try reader.next() {
        try withExtendedLifetime(batch) {
          // SQLite holds addresses inside the batch until the next value is bound.
          defer { sqlite3_clear_bindings(statement.sqliteStatement) }
          try insert(batch, binders, file, after: rows)
        }
        rows += batch.rows
      }
      guard rows == file.rows else {
        throw LoadingError(
          .fileDamaged, at: place,
          "the staged file \(file.path) has \(rows) rows, \(file.rows) were written; "
            + "extract the part again")
      }
      return rows
    } catch let error as ParquetError {
      throw LoadingError(error, file: file, place: place)
    }
  }

  /// Rows at a time, so that a batch is a few megabytes: extraction closes a row group by its bytes, and an eighth of
  /// one's rows has about an eighth of its bytes.
  private static func batchRows(_ path: String) throws -> Int {
    let footer = try ParquetReader(path: path)
    return min(8192, max(64, footer.rows / max(1, footer.rowGroups) / 8))
  }

  private func binder(_ target: Target, staged: ColumnType, index: Int, file: StagedFile) throws -> SQLiteBinder {
    let binder = SQLiteBinder(
      target.plan.type, staged: staged, affinity: target.affinity, parameter: index + 1,
      scratch: scratch + index * SQLiteBinder.scratchBytes)
    guard let binder else {
      throw LoadingError(
        .fileDamaged, at: place,
        "the staged file \(file.path) has column \(target.plan.target) as \(staged), the plan "
          + "as \(target.plan.type); extract the part again")
    }
    return binder
  }

  private func insert(_ batch: ReadBatch, _ binders: [SQLiteBinder], _ file: StagedFile, after rows: Int) throws {
    let insert = statement.sqliteStatement
    try batch.columns.withUnsafeBufferPointer { values in
      try binders.withUnsafeBufferPointer { binders in
        for row in 0..<batch.rows {
          for index in 0..<binders.count {
            let code: CInt
            do throws(SQLiteRefusal) {
              code = try binders[index].bind(values[index], row, to: insert)
            } catch {
              throw refusal(error.message, column: index, file, row: rows + row)
            }
            guard code == SQLITE_OK else { throw failure(code, file, row: rows + row) }
          }
          let code = sqlite3_step(insert)
          let reset = sqlite3_reset(insert)
          guard code == SQLITE_DONE, reset == SQLITE_OK else {
            throw failure(reset == SQLITE_OK ? code : reset, file, row: rows + row)
          }
          guard sqlite3_changes(connection) == 1 else {
            throw LoadingError(
              .countMismatch, at: place,
              "row \(rows + row + 1) of \(file.path) did not arrive; a trigger or a conflict "
                + "clause of the table takes rows away")
          }
        }
      }
    }
  }

  private func refusal(_ message: String, column: Int, _ file: StagedFile, row: Int) -> LoadingError {
    LoadingError(
      .valueRefused, at: "\(place), column \(columns[column].plan.target)",
      "row \(row + 1) of \(file.path) has \(message)")
  }

  private func failure(_ code: CInt, _ file: StagedFile, row: Int) -> LoadingError {
    LoadingError(
      sqlite: code, String(cString: sqlite3_errmsg(connection)), at: place, row: "row \(row + 1) of \(file.path)")
  }
}

extension LoadingError {
  init(_ error: ParquetError, file: StagedFile, place: String) {
    let said = "the staged file \(file.path) cannot be read (\(error.message))"
    switch error.code {
    case .system: self.init(.fileMissing, at: place, said + "; extract the part again")
    case .outOfMemory: self.init(.statementFailed, at: place, said, isTransient: true)
    case .corrupt, .unsupported, .invalid, .tooLarge:
      self.init(.fileDamaged, at: place, said + "; extract the part again")
    }
  }
}
