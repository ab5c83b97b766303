import Catalogs
import Loading
import Plans

/// The digest of staged files, as a load makes it to compare what it wrote.
enum Digest {
  /// Extracts a table, then digests its files: the digests alone count.
  static func run(database: String, table: String, folder: String, _ report: (() throws -> Int) throws -> Void) throws {
    let (columns, files) = try Extract.stage(database: database, table: table, folder: folder)
    try report { try StagedScan(columns, stage: folder).digest(of: files, place: table).rows }
  }
}
