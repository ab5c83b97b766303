import Foundation
import SQL
import Store
import Synchronization
import Testing

/// Opening a state: what is made, what is refused, and what damage does.
@Suite struct StoreTests {
  @Test func aNewStateHasALineageForGood() throws {
    let folder = try Folder()
    let store = try Store(path: folder.state)
    let lineage = try store.lineage()
    #expect(UUID(uuidString: lineage) != nil)
    try store.close()
    #expect(try Store(path: folder.state).lineage() == lineage)
    #expect(try Store(path: folder.path + "/other.db").lineage() != lineage)
  }

  @Test func theFileIsItsOwnersAlone() throws {
    let folder = try Folder()
    let store = try Store(path: folder.state)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state")
    #expect(files.contains("scmplan.db") && files.contains("scmplan.db-wal"))
    for file in files {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/state/" + file)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
    }
    try store.close()
  }

  @Test func manyMayOpenANewStateAtOnce() throws {
    let folder = try Folder()
    let lineages = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      do {
        let lineage = try Store(path: folder.state).lineage()
        lineages.withLock { $0.append(lineage) }
      } catch {
        lineages.withLock { $0.append("\(error)") }
      }
    }
    #expect(lineages.withLock { $0.count } == 8)
    #expect(Set(lineages.withLock { $0 }).count == 1)
  }

  @Test func asyncCallersWaitOnTheQueue() async throws {
    let scenario = try Scenario()
    let run = try scenario.submit { $0.add(parts: [part(1)]) }
    let store = scenario.store
    #expect(try await store.perform { try $0.runs().map(\.id) } == [run.id])
    await #expect(throws: StoreError.self) { try await store.perform { try $0.run(99) } }
  }

  @Test func anotherVersionIsRefused() throws {
    let folder = try Folder()
    let store = try Store(path: folder.state)
    try store.database.write { try $0.execute("UPDATE meta SET value = '7' WHERE name = 'schema_version'") }
    try store.close()
    let error = #expect(throws: StoreError.self) { try Store(path: folder.state) }
    #expect(error?.code == .newerVersion)
    #expect(error?.message.hasSuffix("has version 7; this program knows versions up to 3") == true)
  }

  @Test(arguments: ["0", "-1", "x", ""])
  func aVersionThatNeverWasIsDamage(_ version: String) throws {
    let folder = try Folder()
    let store = try Store(path: folder.state)
    try store.database.write {
      try $0.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", [.text(version)])
    }
    try store.close()
    #expect(code { _ = try Store(path: folder.state) } == .damaged)
  }

  @Test func otherFilesAreRefusedUntouched() throws {
    let folder = try Folder()
    let text = folder.path + "/text.db"
    let content = Data(repeating: 65, count: 5000)
    try content.write(to: URL(filePath: text))
    #expect(code { _ = try Store(path: text) } == .notAState)
    #expect(try Data(contentsOf: URL(filePath: text)) == content)

    let other = folder.path + "/other.db"
    let database = try SQLiteDatabase(path: other)
    try database.write { try $0.execute("CREATE TABLE customers (id INTEGER)") }
    try database.close()
    #expect(code { _ = try Store(path: other) } == .notAState)
    #expect(try SQLiteDatabase(path: other).read { try $0.tableNames() } == ["customers"])
  }

  @Test func placesThatCannotHoldAStateAreNamed() throws {
    let folder = try Folder()
    let file = folder.path + "/file"
    try Data("x".utf8).write(to: URL(filePath: file))
    let below = #expect(throws: StoreError.self) { try Store(path: file + "/scmplan.db") }
    #expect(below?.code == .cannotOpen)
    #expect(below?.message.contains(file) == true)
    #expect(code { _ = try Store(path: folder.path) } == .cannotOpen)
  }

  @Test func aFullDiskIsSaidAndNothingIsHalfDone() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add("t0", parts: [part(1)]) }
    // SQLite answers as on a full disk once a file may not grow.
    try scenario.store.database.read { connection in
      let pages = try #require(try connection.query("PRAGMA page_count").first).int("page_count")
      _ = try connection.query("PRAGMA max_page_count = \(pages)")
    }
    let error = #expect(throws: StoreError.self) {
      try scenario.submit { $0.add("t1", parts: (1...2000).map { part($0) }) }
    }
    #expect(error?.code == .full)
    #expect(try scenario.store.runs().map(\.id) == [1])
    #expect(try scenario.store.serial(of: "sales") == 1)
    try scenario.work()
    #expect(try scenario.store.finishDoneRuns(now: 0).count == 1)
  }

  @Test func aWriterThatHoldsOnTooLongIsSaid() throws {
    let scenario = try Scenario()
    let other = try Store(path: scenario.folder.state, busyTimeout: 0.01)
    let error = try scenario.store.database.write { _ in
      #expect(throws: StoreError.self) { try other.stopEngine(id: "x") }
    }
    #expect(error?.code == .busy)
    #expect(error?.isTransient == true)
    #expect(try other.stopEngine(id: "x") == false)
  }
}
