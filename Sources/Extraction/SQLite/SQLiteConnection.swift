import GRDBSQLite
import Glibc
import Plans

/// A connection to one SQLite file, for reading only, on one thread at a time; closed when dropped.
final class SQLiteConnection {
  let handle: OpaquePointer
  /// The path as it was given, for messages.
  let path: String

  /// Opens the file and reads its header.
  ///
  /// The mutexes of SQLite are left out and the cache is private: a connection never leaves its thread. The path is
  /// made absolute, so that none is taken for a `file:` URI or for `:memory:`.
  ///
  /// - Parameter busyTimeout: milliseconds to wait for a writer that holds the file.
  /// - Throws: ``ExtractionError`` that tells absent, unreadable, locked, damaged and foreign files apart.
  init(path: String, busyTimeout: Int32) throws {
    let absolute = try Self.readableFile(path)
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE
    let code = sqlite3_open_v2(absolute, &opened, flags, nil)
    guard let opened, code == SQLITE_OK else {
      sqlite3_close_v2(opened)
      throw ExtractionError(
        .cannotOpen, at: path, "SQLite cannot open the file: \(String(cString: sqlite3_errstr(code)))")
    }
    handle = opened
    self.path = path
    sqlite3_extended_result_codes(opened, 1)
    sqlite3_busy_timeout(opened, busyTimeout)
    _disableDoubleQuotedStringLiterals(opened)
    // The first statement is what makes SQLite look at the file.
    _ = try integer("SELECT count(*) FROM sqlite_schema", at: path)
  }

  deinit {
    sqlite3_close_v2(handle)
  }

  /// Whether `"word"` may stand for a string where no column has that name.
  ///
  /// Off, so that a misspelt column in a filter is an error instead of a constant; views may have been written with it.
  var allowsQuotedStrings = false {
    didSet {
      if allowsQuotedStrings {
        _enableDoubleQuotedStringLiterals(handle)
      } else {
        _disableDoubleQuotedStringLiterals(handle)
      }
    }
  }

  /// A statement ready to run; what it is about, in `place`, goes into every error of it.
  func prepare(_ sql: String, _ bindings: [KeyValue] = [], at place: String) throws -> SQLiteStatement {
    let statement = try SQLiteStatement(sql, on: self, at: place)
    try statement.bind(bindings)
    return statement
  }

  /// The whole number in the first column of the first row; nil for NULL and for no row.
  func integer(_ sql: String, _ bindings: [KeyValue] = [], at place: String) throws -> Int? {
    let statement = try prepare(sql, bindings, at: place)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.integer(0)
  }

  /// Runs `body` in one read transaction: everything in it sees the database as of the first read.
  func reading<Result>(at place: String, _ body: () throws -> Result) throws -> Result {
    try run("BEGIN", at: place)
    defer { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    return try body()
  }

  private func run(_ sql: String, at place: String) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code, at: place) }
  }

  /// The error behind a result code of this connection's last call.
  func failure(_ code: Int32, at place: String) -> ExtractionError {
    .sqlite(code, at: place, file: path, saying: String(cString: sqlite3_errmsg(handle)))
  }

  /// The absolute path of a regular file that this process may read.
  private static func readableFile(_ path: String) throws -> String {
    func refuse(_ message: String) -> ExtractionError { ExtractionError(.cannotOpen, at: path, message) }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw errno == ENOENT
        ? refuse("there is no such file; check the path of the source connection")
        : refuse("the file cannot be reached: \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw refuse("this is a directory; the source connection needs the path of a SQLite file")
    default: throw refuse("this is not a regular file; the source connection needs the path of a SQLite file")
    }
    guard access(path, R_OK) == 0, let absolute = realpath(path, nil) else {
      throw refuse("the file cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { free(absolute) }
    return String(cString: absolute)
  }
}
