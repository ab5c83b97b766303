import GRDB

/// One transaction of a ``SQLiteDatabase``.
struct SQLiteConnection: SQLConnection {
  let database: Database
  let isReadOnly: Bool

  func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
    guard !isReadOnly else { throw SQLError(.readOnly, "a reading transaction cannot write", statement: sql) }
    return try translated(sql) {
      let statement = try database.cachedStatement(sql: sql)
      try statement.execute(arguments: StatementArguments(arguments.map(\.databaseValue)))
      return database.changesCount
    }
  }

  func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
    try translated(sql) {
      let statement = try database.cachedStatement(sql: sql)
      guard statement.isReadonly || !isReadOnly else {
        throw SQLError(.readOnly, "a reading transaction cannot write", statement: sql)
      }
      let columns = statement.columnNames
      let cursor = try Row.fetchCursor(
        statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
      var rows: [SQLRow] = []
      while let row = try cursor.next() {
        let values = try columns.indices.map { index in
          try SQLValue(row[index] as DatabaseValue, column: columns[index])
        }
        rows.append(SQLRow(columns: columns, values: values))
      }
      return rows
    }
  }

  func tableNames() throws -> Set<String> {
    Set(try query("SELECT lower(name) AS name FROM sqlite_master WHERE type = 'table'", []).map { try $0.text("name") })
  }

  private func translated<T>(_ sql: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw SQLError(error, statement: sql)
    }
  }
}

extension SQLError {
  /// GRDB's error without the values it may carry.
  init(_ error: DatabaseError, statement: String? = nil) {
    let code: Code =
      switch error.resultCode {
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
      case .SQLITE_CORRUPT: .corrupt
      case .SQLITE_FULL: .full
      case .SQLITE_READONLY, .SQLITE_PERM: .readOnly
      case .SQLITE_NOTADB: .notADatabase
      case .SQLITE_CANTOPEN, .SQLITE_AUTH: .cannotOpen
      case .SQLITE_CONSTRAINT: .constraint
      case .SQLITE_IOERR: .io
      case .SQLITE_MISMATCH: .type
      default: .other
      }
    self.init(code, error.message ?? "error \(error.resultCode.rawValue)", statement: statement)
  }
}

extension SQLValue {
  var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .integer(let value): value.databaseValue
    case .real(let value): value.databaseValue
    case .text(let value): value.databaseValue
    }
  }

  init(_ value: DatabaseValue, column: String) throws {
    switch value.storage {
    case .null: self = .null
    case .int64(let value): self = .integer(value)
    case .double(let value): self = .real(value)
    case .string(let value): self = .text(value)
    case .blob: throw SQLError(.type, "column \(column) holds bytes")
    }
  }
}
