import Catalogs
import GRDB
import Plans

/// Deletes the rows that a merge replaces: those whose merge key is among the staged rows' keys, NULL matching NULL.
///
/// The staged keys go into a temporary table first. Keys match byte by byte; where a key column of the target has a
/// collation under which more keys would match, the merge is refused rather than guessed.
package struct SQLiteMerge {
  var database: Database
  var table: SQLiteTable
  var key: [SQLiteInserter.Target]
  var place: String

  static let keys = "temp.scmplan_merge_keys"

  func delete(_ request: LoadRequest) throws -> Int {
    guard !key.isEmpty else {
      throw LoadingError(.statementFailed, at: place, "a merge needs a key, and the plan names none; make a new plan")
    }
    try stage(request)
    defer { try? database.execute(sql: "DROP TABLE IF EXISTS \(Self.keys)") }
    try checkDistinct()
    let deleted = try deleteMatches()
    try checkCollations()
    return deleted
  }

  func stage(_ request: LoadRequest) throws {
    try database.execute(sql: "DROP TABLE IF EXISTS \(Self.keys)")
    let columns = key.enumerated().map { "k\($0) \($1.affinity.declaration)" }.joined(separator: ", ")
    try database.execute(sql: "CREATE TABLE \(Self.keys) (\(columns))")
    let targets = key.enumerated().map { index, target in
      SQLiteInserter.Target(plan: target.plan, name: "k\(index)", affinity: target.affinity)
    }
    let inserter = try SQLiteInserter(into: Self.keys, columns: targets, place: place, database: database)
    for file in request.staged.files { _ = try inserter.insert(file, stage: request.stage) }
    try database.execute(sql: "CREATE INDEX temp.scmplan_merge_index ON scmplan_merge_keys (\(names))")
  }

  private var names: String { key.indices.map { "k\($0)" }.joined(separator: ", ") }

  private func checkDistinct() throws {
    let repeats = try Bool.fetchOne(
      database, sql: "SELECT EXISTS (SELECT 1 FROM \(Self.keys) GROUP BY \(names) HAVING count(*) > 1)")!
    guard !repeats else {
      let columns = key.map(\.plan.target).joined(separator: ", ")
      throw LoadingError(
        .duplicateKey, at: place,
        "two staged rows have the same merge key (\(columns)), so that neither can be told to "
          + "be the last; name columns that are unique as synchronization.primaryKeyColumns")
    }
  }

  private func deleteMatches() throws -> Int {
    try database.execute(sql: Self.deletion(from: table.stored, rowID: table.rowID, key: key.map(\.name)))
    return database.changesCount
  }

  /// The statement that deletes the rows of `table` whose key is staged.
  ///
  /// - Parameter rowID: The name by which the table's rowid can be asked for; nil where it has none.
  package static func deletion(from table: String, rowID: String?, key: [String]) -> String {
    let name = Identifier.quoted(table)
    let condition = matches(key, suffix: " COLLATE BINARY")
    guard let rowID else {
      return "DELETE FROM main.\(name) AS t WHERE EXISTS (SELECT 1 FROM \(keys) AS k WHERE \(condition))"
    }
    // The staged keys drive, so that an index of the target on its key is used.
    return """
      DELETE FROM main.\(name) WHERE \(rowID) IN (
        SELECT t.\(rowID) FROM \(keys) AS k CROSS JOIN main.\(name) AS t ON \(condition))
      """
  }

  /// Rows that match only under the columns' own collations, or that a trigger held back.
  private func checkCollations() throws {
    guard table.mayDivertRows || key.contains(where: { table.column($0.name)?.collation != nil }) else { return }
    let name = Identifier.quoted(table.stored)
    let condition = Self.matches(key.map(\.name), suffix: "")
    let remains = try Bool.fetchOne(
      database,
      sql: "SELECT EXISTS (SELECT 1 FROM \(Self.keys) AS k CROSS JOIN main.\(name) AS t ON \(condition))")!
    guard !remains else {
      throw LoadingError(
        .countMismatch, at: place,
        "rows with the staged keys are still there after they were deleted: a trigger keeps "
          + "them, or the key column's collation takes keys for equal that differ; reload the table instead")
    }
  }

  static func matches(_ key: [String], suffix: String) -> String {
    key.enumerated().map { "t.\(Identifier.quoted($1))\(suffix) IS k.k\($0)" }.joined(separator: " AND ")
  }
}
