import GRDBSQLite

extension ExtractionError {
  /// What a result code of SQLite means for the one who runs a migration.
  ///
  /// Codes: https://www.sqlite.org/rescode.html
  static func sqlite(_ code: Int32, at place: String, file: String, saying message: String) -> ExtractionError {
    switch code & 0xFF {
    case SQLITE_NOTADB:
      ExtractionError(
        .notADatabase, at: place, "\(file) is not a SQLite database, or it is encrypted; check the path of the source")
    case SQLITE_CORRUPT:
      ExtractionError(
        .corrupt, at: place,
        "\(file) is damaged (\(message)); find out what is left with PRAGMA integrity_check and restore it")
    case SQLITE_BUSY, SQLITE_LOCKED:
      ExtractionError(
        .busy, at: place, "\(file) is locked by another program; end its transaction, or try again", isTransient: true)
    case SQLITE_CANTOPEN:
      ExtractionError(
        .cannotOpen, at: place,
        "\(file) cannot be opened (\(message)); a database in WAL mode needs its -shm file, or a directory that may be "
          + "written")
    case SQLITE_READONLY:
      ExtractionError(
        .cannotOpen, at: place,
        "\(file) was left in the middle of a transaction (\(message)); open it once with a program that may write it")
    case SQLITE_INTERRUPT:
      ExtractionError(.interrupted, at: place, "the query was interrupted", isTransient: true)
    case SQLITE_IOERR, SQLITE_NOMEM, SQLITE_FULL, SQLITE_SCHEMA:
      ExtractionError(.queryFailed, at: place, "\(file): \(message); try again", isTransient: true)
    default:
      ExtractionError(.queryFailed, at: place, "\(file): \(message)")
    }
  }
}
