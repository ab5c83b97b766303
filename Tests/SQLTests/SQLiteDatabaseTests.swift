import Foundation
import SQL
import Testing

@Suite struct SQLiteDatabaseTests {
  @Test func commitsSynchroniseTheDiskWhenTheyAreToBeFull() throws {
    let sandbox = try Sandbox()
    let setting = { (connection: any SQLConnection) in
      try connection.first("PRAGMA synchronous")?.int("synchronous")
    }
    let (normal, full) = (1, 2)
    let database = try SQLiteDatabase(path: sandbox.path)
    #expect(try database.write(.full, setting) == full)
    #expect(try database.write(.normal, setting) == normal)
    #expect(try database.write(setting) == full)
    #expect(try database.read(setting) == normal)
    struct Refusal: Error {}
    #expect(throws: Refusal.self) { try database.write { _ in throw Refusal() } }
    #expect(try database.write(.normal, setting) == normal)
    #expect(FileManager.default.fileExists(atPath: sandbox.path + "-wal"))
    let capped = try SQLiteDatabase(path: sandbox.path, durability: .normal)
    #expect(try capped.write(.full, setting) == normal)
  }

  @Test func theFileIsItsOwnersAloneAndAnExistingOneKeepsItsMode() throws {
    let sandbox = try Sandbox()
    let path = sandbox.path
    let mode = { try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int }
    try SQLiteDatabase(path: path).close()
    #expect(try mode() == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    try SQLiteDatabase(path: path).close()
    #expect(try mode() == 0o640)
  }

  @Test func aReaderSeesOneMomentAndNeverWaitsForTheWriter() throws {
    let sandbox = try Sandbox()
    let path = sandbox.path
    let (one, two) = (try SQLiteDatabase(path: path), try SQLiteDatabase(path: path, busyTimeout: 0.01))
    try one.write { connection in
      try connection.execute("CREATE TABLE t (id INTEGER)")
      try connection.execute("INSERT INTO t (id) VALUES (1)")
    }
    let count = { (connection: any SQLConnection) in
      try connection.first("SELECT COUNT(*) AS n FROM t")?.int("n")
    }
    try one.write { connection in
      try connection.execute("INSERT INTO t (id) VALUES (2)")
      #expect(try two.read(count) == 1)
    }
    try two.read { connection in
      #expect(try count(connection) == 2)
      try one.write { try $0.execute("INSERT INTO t (id) VALUES (3)") }
      #expect(try count(connection) == 2)
    }
    #expect(try two.read(count) == 3)
  }

  @Test func aWriterWaitsForItsTurnAndSaysWhenItIsTooLong() throws {
    let sandbox = try Sandbox()
    let path = sandbox.path
    let (one, two) = (try SQLiteDatabase(path: path), try SQLiteDatabase(path: path, busyTimeout: 0.01))
    let error = try one.write { _ in
      #expect(throws: SQLError.self) { try two.write { _ in } }
    }
    #expect(error?.code == .busy)
    try two.write { _ in }
  }

  @Test func bytesAreNoValueOfTheProtocol() throws {
    let database = try SQLiteDatabase()
    let error = #expect(throws: SQLError.self) { try database.read { try $0.query("SELECT x'00' AS b") } }
    #expect(error?.code == .type)
  }

  @Test func filesThatAreNoDatabaseAreNamedSo() throws {
    let sandbox = try Sandbox()
    let path = sandbox.path
    try Data(repeating: 1, count: 4096).write(to: URL(filePath: path))
    let error = #expect(throws: SQLError.self) { try SQLiteDatabase(path: path) }
    #expect(error?.code == .notADatabase)
    let folder = #expect(throws: SQLError.self) { try SQLiteDatabase(path: NSTemporaryDirectory()) }
    #expect(folder?.code == .cannotOpen)
    let missing = #expect(throws: SQLError.self) { try SQLiteDatabase(path: "/nowhere/at/all.db") }
    #expect(missing?.code == .cannotOpen)
  }
}
