import Catalogs
import GRDB
import Plans

extension SQLiteMerge {
  /// Deletes the rows of `range` whose key is not among the staged keys, NULL matching NULL, and returns how many they were.
  ///
  /// Keys match byte by byte, whatever collation the target's columns have.
  func deleteOthers(_ request: LoadRequest, within range: SQLitePredicate?) throws -> Int {
    guard !key.isEmpty else {
      throw LoadingError(.statementFailed, at: place, "a removal needs a key, and the plan names none; make a new plan")
    }
    let before = try database.count(table.stored, where: range)
    try stage(request)
    defer { try? database.execute(sql: "DROP TABLE IF EXISTS \(Self.keys)") }
    try database.execute(
      sql: "DELETE FROM " + Self.others(in: table.stored, key: key.map(\.name), range: range?.sql),
      arguments: StatementArguments(range?.arguments ?? []))
    let deleted = database.changesCount
    let after = try database.count(table.stored, where: range)
    guard try after == before - deleted && !isKept(range) else {
      throw LoadingError(
        .countMismatch, at: place,
        "\(deleted) of \(before) rows were deleted and \(after) are there; a trigger of the table brings rows or keeps "
          + "them. Nothing was changed")
    }
    try request.removal?.judge(deleted, of: before, place: place)
    return deleted
  }

  /// Whether a trigger kept rows that were to go.
  private func isKept(_ range: SQLitePredicate?) throws -> Bool {
    guard table.mayDivertRows else { return false }
    return try Bool.fetchOne(
      database,
      sql: "SELECT EXISTS (SELECT 1 FROM \(Self.others(in: table.stored, key: key.map(\.name), range: range?.sql)))",
      arguments: StatementArguments(range?.arguments ?? []))!
  }

  /// The rows of `table` whose key is not staged, as a table and its condition.
  private static func others(in table: String, key: [String], range: String?) -> String {
    """
    main.\(Identifier.quoted(table)) AS t WHERE \(range.map { "(\($0)) AND " } ?? "")
    NOT EXISTS (SELECT 1 FROM \(keys) AS k WHERE \(matches(key, suffix: " COLLATE BINARY")))
    """
  }
}
