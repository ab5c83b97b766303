import Catalogs
import GRDB
import Plans

extension SQLitePartLoad {
  /// Reads the rows that were written, and compares them with the staged ones by their digests.
  ///
  /// - Throws: ``LoadingError`` with code `contentMismatch` when they are others; one that says so when nothing tells them
  ///   from those that were there.
  func compare() throws {
    let row = try ComparedRow(columns: request.columns.count, key: [])
    var found = RowDigest()
    try database.scan(table.stored, where: try written(), columns: request.columns, place: place, row) {
      found.add(high: $0.high, low: $0.low)
    }
    let wanted = try StagedScan(request.columns, stage: request.stage).digest(of: request.staged.files, place: place)
    guard found == wanted else { throw LoadingError.otherContent(wanted, found, at: place) }
  }

  /// The rows of this load; nil for all.
  private func written() throws -> SQLitePredicate? {
    if request.metadataColumns {
      var predicate = SQLitePredicate.parts([request.part.id])
      predicate.sql += " AND \(Identifier.quoted(MetadataColumns.run)) = \(request.run)"
      return predicate
    }
    guard request.method == .replace else {
      throw LoadingError(
        .statementFailed, at: place,
        "loading.verify is always, and nothing tells the rows of this load from those that were there; "
          + "turn target.metadataColumns on")
    }
    guard request.addressing == .rebuild else { return range }
    return lastRow.map { SQLitePredicate(sql: "\(Database.rowName(of: table)) > \($0)") }
  }
}

extension Database {
  /// The name of a table's row number that none of its columns has taken.
  static func rowName(of table: SQLiteTable) -> String {
    ["rowid", "_rowid_", "oid"].first { table.column($0) == nil } ?? "rowid"
  }

  /// The highest row number of a table that counts its rows itself; nil for one without rows.
  func lastRow(of table: SQLiteTable) throws -> Int64? {
    try Int64.fetchOne(self, sql: "SELECT max(\(Self.rowName(of: table))) FROM main.\(Identifier.quoted(table.stored))")
  }
}
