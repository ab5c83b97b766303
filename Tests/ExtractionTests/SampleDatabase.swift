import Catalogs
import Extraction
import Foundation
import GRDBSQLite
import Plans
import Testing

/// A SQLite file of one test, in a directory of its own that goes with it.
final class SampleDatabase {
  let directory: String
  var path: String { directory + "/sample.db" }
  private let handle: OpaquePointer

  init(_ sql: String = "") throws {
    directory = NSTemporaryDirectory() + "extraction-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var opened: OpaquePointer?
    try #require(sqlite3_open(directory + "/sample.db", &opened) == SQLITE_OK)
    handle = try #require(opened)
    try run(sql)
  }

  deinit {
    sqlite3_close_v2(handle)
    try? FileManager.default.removeItem(atPath: directory)
  }

  func run(_ sql: String) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    try #require(code == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))")
  }

  /// The rows of a query as text: storage class and value of every column, the way SQL writes them.
  func rows(_ sql: String) throws -> [[String]] {
    var prepared: OpaquePointer?
    try #require(sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) == SQLITE_OK)
    defer { sqlite3_finalize(prepared) }
    var rows: [[String]] = []
    while sqlite3_step(prepared) == SQLITE_ROW {
      rows.append(
        (0..<sqlite3_column_count(prepared)).map { column in
          sqlite3_column_text(prepared, column).map { String(cString: $0) } ?? "NULL"
        })
    }
    return rows
  }

  func count(_ sql: String) throws -> Int { try #require(Int(rows(sql)[0][0])) }

  /// Runs a statement with one value bound, for values that SQL text cannot carry.
  func run(_ sql: String, binding value: Double) throws {
    var prepared: OpaquePointer?
    try #require(sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) == SQLITE_OK)
    defer { sqlite3_finalize(prepared) }
    sqlite3_bind_double(prepared, 1, value)
    try #require(sqlite3_step(prepared) == SQLITE_DONE)
  }

  func session() throws -> SQLiteSourceSession { try SQLiteSourceSession(path: path, busyTimeout: 0) }

  /// The one table of that name as a new session sees it.
  func table(_ name: String) throws -> Table {
    let name = ObjectName(table: name)
    return try #require(try session().tables([name])[name])
  }
}

/// Runs `body`, which must fail the way extraction fails, and returns the error.
func extractionError(_ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) throws -> ExtractionError
{
  do {
    try body()
  } catch let error as ExtractionError {
    return error
  }
  Issue.record("nothing was thrown", sourceLocation: location)
  throw CancellationError()
}
