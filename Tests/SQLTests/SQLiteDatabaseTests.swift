import Foundation
import SQL
import Testing

@Suite struct SQLiteDatabaseTests {
  @Test func theFileKeepsALogAndSynchronisesAsAsked() throws {
    for (durability, expected) in [(SQLiteDatabase.Durability.full, 2), (.normal, 1)] {
      let sandbox = try Sandbox()
      let path = sandbox.path
      let database = try SQLiteDatabase(path: path, durability: durability)
      try database.write { try $0.execute("CREATE TABLE t (id INTEGER)") }
      #expect(FileManager.default.fileExists(atPath: path + "-wal"))
      let synchronous = try database.read { try $0.first("PRAGMA synchronous")?.int("synchronous") }
      #expect(synchronous == expected)
    }
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
