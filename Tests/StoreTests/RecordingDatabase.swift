import Dispatch
import SQL
import Synchronization

/// A database that remembers the statements it was given.
final class RecordingDatabase: SQLDatabase {
  private let base: any SQLDatabase
  private let log = Mutex<[String]>([])

  init(_ base: any SQLDatabase) { self.base = base }

  var queue: DispatchQueue { base.queue }

  /// What ran since the last call, in order.
  func take() -> [String] {
    log.withLock { statements in
      defer { statements = [] }
      return statements
    }
  }

  func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
    try base.read { try body(Connection(base: $0, record: record)) }
  }

  func write<T>(_ durability: SQLDurability, _ body: (any SQLConnection) throws -> T) throws -> T {
    try base.write(durability) { try body(Connection(base: $0, record: record)) }
  }

  func close() throws { try base.close() }

  private func record(_ sql: String) {
    log.withLock { $0.append(sql) }
  }

  private struct Connection: SQLConnection {
    let base: any SQLConnection
    let record: (String) -> Void

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
      record(sql)
      return try base.execute(sql, arguments)
    }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
      record(sql)
      return try base.query(sql, arguments)
    }

    func tableNames() throws -> Set<String> { try base.tableNames() }
  }
}
