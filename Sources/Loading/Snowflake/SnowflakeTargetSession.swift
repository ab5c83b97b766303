package import Catalogs
import Plans
import Snowflake

/// A Snowflake account as a target.
///
/// A part is loaded in one transaction with its ledger entry. What may have happened when an answer never came is looked up
/// in the ledger, from a session of its own, after the one that asked was ended. docs/loading.md tells the whole protocol.
package final class SnowflakeTargetSession: TargetSession {
  let connection: any SnowflakeConnection
  /// The account, for messages.
  let account: String
  /// What the next statements are about, for the account's query history.
  var tag = "scmplan"
  var presence: Presence?
  /// By schema.
  var appearances: [String: Appearance] = [:]
  /// Whether the account has stood the trials of its canonical text so far.
  var trials: [SnowflakeTrial.Family: Bool] = [:]

  package init(_ connection: any SnowflakeConnection, account: String) {
    self.connection = connection
    self.account = account
  }

  package var platform: TargetPlatform { .snowflake }

  package func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] {
    try speaking(at: account) {
      var found: [ObjectName: Table] = [:]
      for (place, some) in try grouped(names) {
        let catalog = SnowflakeCatalog(ask: { try self.ask($0) })
        found.merge(try catalog.tables(some, database: place.database, schema: place.schema)) { $1 }
      }
      return found
    }
  }

  package func hasRows(_ name: ObjectName) throws -> Bool {
    try speaking(at: name.description) {
      try !ask("SELECT 1 AS N FROM \(SnowflakeName.written(name)) LIMIT 1").rows.isEmpty
    }
  }

  package func ledger(_ names: [ObjectName]) throws -> [ObjectName: LedgerFacts] {
    try speaking(at: account) {
      var found: [ObjectName: LedgerFacts] = [:]
      for (_, some) in try grouped(names) {
        let ledger = SnowflakeLedger(some[0])
        guard let fences = try existing({ try ask(ledger.readFences) }) else { continue }
        let entries = try ask(ledger.readEntries)
        for name in some { found[name] = facts(name, fences.rows, entries.rows) }
      }
      return found
    }
  }

  private func facts(_ name: ObjectName, _ fences: [[String?]], _ entries: [[String?]]) -> LedgerFacts? {
    guard let row = fences.first(where: { $0[0] == name.table }), let lineage = row[1], let run = Self.number(row[2]),
      let commits = Self.number(row[3])
    else { return nil }
    let mine = entries.filter { $0[0] == name.table }.compactMap { row -> LedgerEntry? in
      guard let part = Self.number(row[1]), let attempt = Self.number(row[2]), let rows = Self.number(row[3]) else {
        return nil
      }
      return LedgerEntry(
        lineage: lineage, run: run, part: part, attempt: attempt, rows: rows, plan: row[4] ?? "")
    }
    return LedgerFacts(
      fence: LedgerFence(lineage: lineage, run: run, commits: commits), plan: row[4] ?? "",
      isFinished: Self.isTrue(row[5]), entries: mine)
  }

  static func isTrue(_ text: String?) -> Bool { ["true", "1"].contains(text?.lowercased() ?? "") }

  static func number(_ text: String?) -> Int? { text.flatMap { Int($0) } }

  // MARK: Speaking

  /// A database and a schema, both known.
  struct Place: Hashable {
    var database: String
    var schema: String
  }

  /// Names by where they are; what a name leaves open is the session's own.
  func grouped(_ names: [ObjectName]) throws -> [(Place, [ObjectName])] {
    var own: Place?
    if names.contains(where: { $0.database == nil || $0.schema == nil }) {
      let row = try ask("SELECT CURRENT_DATABASE() AS D, CURRENT_SCHEMA() AS S").rows.first ?? []
      own = Place(database: row.first.flatMap { $0 } ?? "", schema: row.dropFirst().first.flatMap { $0 } ?? "")
    }
    var groups: [Place: [ObjectName]] = [:]
    for name in names {
      let place = Place(database: name.database ?? own?.database ?? "", schema: name.schema ?? own?.schema ?? "")
      guard !place.database.isEmpty, !place.schema.isEmpty else {
        throw LoadingError(
          .cannotOpen, at: name.description,
          "neither the workflow nor the connection names its database and schema; give databaseName and schemaName")
      }
      groups[place, default: []].append(name)
    }
    return groups.sorted { ($0.key.database, $0.key.schema) < ($1.key.database, $1.key.schema) }
  }

  func ask(_ sql: String) throws -> SnowflakeRows { try connection.run(sql, tag: tag) }

  /// Makes what is missing, by a definition that says `IF NOT EXISTS`.
  ///
  /// Where two sessions make the same thing at one moment, one of them may be refused all the same; asked again, it is there.
  func make(_ definition: String) throws {
    do {
      _ = try ask(definition)
    } catch let error as SnowflakeError where error.kind == .statement && error.outcome == .failed {
      _ = try ask(definition)
    }
  }

  /// The answer; nil where what is asked about does not exist.
  func existing(_ question: () throws -> SnowflakeRows) throws -> SnowflakeRows? {
    do {
      return try question()
    } catch let error as SnowflakeError where LoadingError.isMissing(error) {
      return nil
    }
  }

  /// Runs `body` with the client's errors in this module's words.
  func speaking<Result>(at place: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as SnowflakeError {
      throw LoadingError(error, at: place)
    }
  }

  /// Runs `body` in a transaction; what it throws rolls back. A session that cannot do that is left, which does the same.
  func transaction<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      _ = try ask("BEGIN")
      let result = try body()
      _ = try ask("COMMIT")
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  func rollBack() {
    do {
      _ = try ask("ROLLBACK")
    } catch {
      connection.leave()
    }
  }
}
