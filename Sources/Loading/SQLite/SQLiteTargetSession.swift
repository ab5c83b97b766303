package import Catalogs
import Foundation
import GRDB
import Plans

/// A SQLite file as a target: tables, ledger and rows in one file, so that a load and its ledger entry commit together.
///
/// The file is created by the first ``prepare(_:)`` and not before; until then it is an empty target. Its journal mode
/// and durability stay as its owner set them. Foreign keys are not enforced while rows come in, since tables load in
/// any order; triggers fire.
package final class SQLiteTargetSession: TargetSession {
  package let path: String
  private let busyTimeout: Double
  private let pageLimit: Int?
  private var connection: DatabaseQueue?

  /// - Parameters:
  ///   - busyTimeout: seconds to wait for another program's transaction.
  ///   - pageLimit: pages that the file may grow to; nil for as many as SQLite and the disk allow.
  package init(path: String, busyTimeout: Double = 30, pageLimit: Int? = nil) {
    self.path = path
    self.busyTimeout = busyTimeout
    self.pageLimit = pageLimit
  }

  package var platform: TargetPlatform { .sqlite }

  package func tables(_ names: [ObjectName]) throws -> [ObjectName: Catalogs.Table] {
    try reading(else: [:]) { try SQLiteCatalog(database: $0).tables(names).mapValues(\.description) }
  }

  package func hasRows(_ name: ObjectName) throws -> Bool {
    try reading(else: false) { database in
      guard let table = try SQLiteCatalog(database: database).table(name) else { return false }
      return try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM \(Identifier.quoted(table.stored)))")!
    }
  }

  package func ledger(_ names: [ObjectName]) throws -> [ObjectName: LedgerFacts] {
    try reading(else: [:]) { database in
      let ledger = SQLiteLedger(database: database)
      guard try ledger.exists() else { return [:] }
      var result: [ObjectName: LedgerFacts] = [:]
      for name in names { result[name] = try ledger.facts(SQLiteName.table(name)) }
      return result
    }
  }

  /// Runs `body` in one transaction that only reads; `nothing` when there is no file yet.
  func reading<Result>(else nothing: Result, _ body: (Database) throws -> Result) throws -> Result {
    guard connection != nil || FileManager.default.fileExists(atPath: path) else { return nothing }
    return try transaction(.deferred, at: path, body)
  }

  /// Runs `body` in one transaction that is a writer from its start: committed when this returns, rolled back when
  /// `body` throws. Only `creating` makes a file that is not there.
  func writing<Result>(
    at place: String, creating: Bool = false, _ body: (Database) throws -> Result
  ) throws -> Result {
    guard creating || connection != nil || FileManager.default.fileExists(atPath: path) else {
      throw LoadingError(.cannotOpen, at: path, "the SQLite file is gone since the run began; make a new plan")
    }
    return try transaction(.immediate, at: place, body)
  }

  private func transaction<Result>(
    _ kind: Database.TransactionKind, at place: String, _ body: (Database) throws -> Result
  ) throws -> Result {
    do {
      return try open().writeWithoutTransaction { database in
        var result: Result?
        try database.inTransaction(kind) {
          result = try body(database)
          return .commit
        }
        return result!
      }
    } catch let error as DatabaseError {
      throw LoadingError(error, at: place)
    }
  }

  private func open() throws -> DatabaseQueue {
    if let connection { return connection }
    var configuration = Configuration()
    configuration.label = "scmplan.target"
    configuration.foreignKeysEnabled = false
    configuration.busyMode = .timeout(busyTimeout)
    configuration.prepareDatabase { [pageLimit] database in
      // KiB of the file's pages kept in memory: a part's pages are written once, at its commit, where they fit.
      try database.execute(sql: "PRAGMA cache_size = -65536")
      if let pageLimit { try database.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
    }
    do {
      let opened = try DatabaseQueue(path: path, configuration: configuration)
      connection = opened
      return opened
    } catch let error as DatabaseError {
      throw LoadingError(error, at: path)
    }
  }
}
