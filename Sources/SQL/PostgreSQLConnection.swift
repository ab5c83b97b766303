import Postgres

/// One transaction of a ``PostgreSQLDatabase``.
struct PostgreSQLConnection: SQLConnection {
  let connection: PostgresConnection
  let statements: PreparedStatements
  let schema: String
  let isReadOnly: Bool

  func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
    guard !isReadOnly else { throw SQLError(.readOnly, "a reading transaction cannot write", statement: sql) }
    return try run(sql, arguments).affected ?? 0
  }

  func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
    let result = try run(sql, arguments)
    let columns = (0..<result.columns).map(result.name)
    let types = (0..<result.columns).map(result.type)
    return try (0..<result.rows).map { row in
      SQLRow(
        columns: columns,
        values: try columns.indices.map { try value(result.text(row, $0), type: types[$0], column: columns[$0]) })
    }
  }

  func tableNames() throws -> Set<String> {
    Set(
      try query("SELECT lower(tablename::text) AS name FROM pg_tables WHERE schemaname = ?", [.text(schema)])
        .map { try $0.text("name") })
  }

  private func run(_ sql: String, _ arguments: [SQLValue]) throws -> PostgresResult {
    do {
      return try statements.run(sql, arguments.map(\.postgres), on: connection)
    } catch let error as PostgresError {
      throw SQLError(error, statement: sql)
    }
  }

  /// By the numbers of pg_type: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
  private func value(_ text: String?, type: UInt32, column: String) throws -> SQLValue {
    guard let text else { return .null }
    switch type {
    case 16: return .integer(text == "t" ? 1 : 0)
    // Sums of whole numbers are `numeric`.
    case 20, 21, 23, 26, 1700:
      if let value = Int64(text) { return .integer(value) }
      guard let value = Double(text) else { throw SQLError(.type, "column \(column) holds no number") }
      return .real(value)
    case 700, 701:
      guard let value = Double(text) else { throw SQLError(.type, "column \(column) holds no number") }
      return .real(value)
    case 17: throw SQLError(.type, "column \(column) holds bytes")
    default: return .text(text)
    }
  }
}

extension SQLValue {
  fileprivate var postgres: String? {
    switch self {
    case .null: nil
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): value
    }
  }
}
