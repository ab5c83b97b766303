import GRDB
import GRDBSQLite

/// What SQLite refused, in words for a person.
///
/// SQLite's own messages name tables, columns and constraints and never a value, with one exception: what a trigger
/// raises is its author's, and is left out.
extension LoadingError {
  /// - Parameters:
  ///   - place: the table, or the file.
  ///   - row: where the refused row lies, for constraints.
  init(_ error: DatabaseError, at place: String, row: String? = nil) {
    self.init(sqlite: error.extendedResultCode.rawValue, error.message ?? "", at: place, row: row)
  }

  init(sqlite code: CInt, _ message: String, at place: String, row: String? = nil) {
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED:
      self.init(
        .busy, at: place, "another program holds the SQLite file; close it, or try again later", isTransient: true)
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      self.init(.readOnly, at: place, "the SQLite file cannot be written (\(message)); make it and its folder writable")
    case SQLITE_FULL:
      self.init(
        .full, at: place, "there is no room for the rows (\(message)); free space, or raise the file's max_page_count")
    case SQLITE_NOTADB:
      self.init(.notADatabase, at: place, "the file is not a SQLite database; give the path of one, or of a new file")
    case SQLITE_CORRUPT:
      self.init(.corrupt, at: place, "the SQLite file is damaged (\(message)); restore it, or load into a new file")
    case SQLITE_CANTOPEN:
      self.init(.cannotOpen, at: place, "the SQLite file cannot be opened (\(message)); check its path and permissions")
    case SQLITE_CONSTRAINT where code == Self.raisedByTrigger:
      self.init(.valueRefused, at: place, "a trigger of the target table refused \(row ?? "a row")")
    case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG:
      self.init(.valueRefused, at: place, "the target refused \(row ?? "a row"): \(message)")
    case SQLITE_IOERR:
      self.init(.statementFailed, at: place, "reading or writing the file failed (\(message))", isTransient: true)
    case SQLITE_NOMEM:
      self.init(.statementFailed, at: place, "SQLite ran out of memory", isTransient: true)
    default:
      self.init(.statementFailed, at: place, "SQLite refused a statement: \(message)")
    }
  }

  /// `SQLITE_CONSTRAINT_TRIGGER`, a macro that Swift does not import: `SQLITE_CONSTRAINT | (7 << 8)`.
  private static let raisedByTrigger = SQLITE_CONSTRAINT | 7 << 8
}
