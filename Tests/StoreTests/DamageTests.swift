import Foundation
import SQL
import Store
import Testing

/// A state file that lost its end, or has a wrong byte: an error that says so, or an answer, and never a crash.
@Suite(.enabled(if: !Scenario.isOnPostgreSQL)) struct DamageTests {
  /// The bytes of a closed state with two runs, one of them unfinished.
  private func bytes() throws -> Data {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add("t0", parts: (1...20).map { part($0) }) }
    try scenario.work(failing: [3])
    _ = try scenario.store.finishDoneRuns(now: 0)
    _ = try scenario.submit { $0.add("t1", parts: (1...5).map { part($0) }) }
    _ = try scenario.claim()
    try scenario.store.close()
    return try Data(contentsOf: URL(filePath: scenario.folder.state))
  }

  /// Opens and uses the state; true when an error came, which must be a ``StoreError``.
  private func fails(_ path: String) throws -> Bool {
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    do {
      let store = try Store(path: path, durability: .normal, busyTimeout: 0.1)
      defer { try? store.close() }
      _ = try store.pull()
      _ = try store.locks()
      _ = try store.engines()
      for run in try store.runs() {
        _ = try store.progress(run: run.id)
        _ = try store.failures(run: run.id)
      }
      let tasks = try store.claim(
        owner: "b", kinds: TaskKind.allCases, affinity: nil, limit: 3, now: 2_000_000, lease: 1)
      for task in tasks {
        let failure = TaskFailure(code: "x", message: "y", isTransient: false)
        _ = try store.fail(
          task: task.id, attempt: task.attempt, owner: "b", failure: failure, retryAt: 0, now: 0)
      }
      _ = try store.rescue(now: 9_000_000)
      _ = try store.finishDoneRuns(now: 9_000_000)
      return false
    } catch is StoreError {
      return true
    }
  }

  @Test func truncatedAtAnyLength() throws {
    let folder = try Folder()
    let whole = try bytes()
    let path = folder.path + "/scmplan.db"
    var failures = 0
    var lengths = Array(stride(from: 1, to: whole.count, by: whole.count / 100))
    lengths += [1, 15, 16, 99, 100, 511, 4095, 4096, 4097, whole.count - 4096, whole.count - 1]
    for length in lengths {
      try whole.prefix(length).write(to: URL(filePath: path))
      if try fails(path) { failures += 1 }
    }
    // A whole number of missing pages that nothing refers to may pass; most lengths must not.
    #expect(failures > lengths.count * 3 / 4)
    try whole.write(to: URL(filePath: path))
    #expect(try fails(path) == false)
  }

  @Test func anEmptyFileIsANewState() throws {
    let folder = try Folder()
    let path = folder.path + "/scmplan.db"
    try Data().write(to: URL(filePath: path))
    #expect(try Store(path: path).runs().isEmpty)
  }

  @Test func oneWrongByteAnywhere() throws {
    let folder = try Folder()
    let whole = try bytes()
    let path = folder.path + "/scmplan.db"
    var generator = SeededGenerator(seed: 42)
    var failures = 0
    var positions = Array(0..<100)
    positions += (0..<200).map { _ in Int.random(in: 100..<whole.count, using: &generator) }
    for position in positions {
      var broken = whole
      broken[position] ^= UInt8.random(in: 1...255, using: &generator)
      try broken.write(to: URL(filePath: path))
      if try fails(path) { failures += 1 }
    }
    #expect(failures > 20)
  }

  @Test func anyNumberInAnyColumn() throws {
    let folder = try Folder()
    let whole = try bytes()
    let path = folder.path + "/scmplan.db"
    try whole.write(to: URL(filePath: path))
    let columns = try SQLiteDatabase(path: path).read { connection in
      try connection.tableNames().sorted().flatMap { table in
        try connection.query("SELECT name FROM pragma_table_info('\(table)')").map { (table, try $0.text("name")) }
      }
    }
    #expect(columns.count > 100)
    for (table, column) in columns {
      for value in [Int64.max, .min, -1] {
        try whole.write(to: URL(filePath: path))
        try? FileManager.default.removeItem(atPath: path + "-wal")
        let database = try SQLiteDatabase(path: path, durability: .normal)
        // Where the column is unique only one row can have the number.
        _ = try? database.write { try $0.execute("UPDATE \(table) SET \(column) = ?", [.integer(value)]) }
        try database.close()
        _ = try fails(path)
      }
    }
  }

  @Test func aTornLogLosesNoCommitBeforeIt() throws {
    let scenario = try Scenario()
    _ = try scenario.submit { $0.add("t0", parts: [part(1)]) }
    // As after a kill: the log is there, and its last write is cut short.
    let folder = try Folder()
    let path = folder.path + "/scmplan.db"
    try FileManager.default.copyItem(atPath: scenario.folder.state, toPath: path)
    let log = try Data(contentsOf: URL(filePath: scenario.folder.state + "-wal"))
    _ = try scenario.submit { $0.add("t1", parts: [part(1)]) }
    let longer = try Data(contentsOf: URL(filePath: scenario.folder.state + "-wal"))
    #expect(longer.count > log.count)
    for length in stride(from: log.count, to: longer.count, by: 1000) {
      try? FileManager.default.removeItem(atPath: path + "-shm")
      try longer.prefix(length).write(to: URL(filePath: path + "-wal"))
      let store = try Store(path: path)
      #expect(try store.runs().map(\.id) == [1])
      // A copy is opened each time, so that this one's log stays as it is.
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.copyItem(atPath: scenario.folder.state, toPath: path)
    }
  }
}

/// The same numbers on every run: SplitMix64 (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
