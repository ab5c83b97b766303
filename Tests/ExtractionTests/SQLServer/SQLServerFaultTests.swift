import Catalogs
import Extraction
import Foundation
import Plans
import Support
import Testing

/// Faults at every point of an extraction: whatever goes wrong is told or tried again, and the rows that come are all rows, once.
@Suite(.blocking, .serialized) struct SQLServerFaultTests {
  private static let rows = 60

  /// Tries again as the engine does, with a session of its own each time, until the part is in.
  private func extracted(_ sample: SQLServerSample, _ name: String) throws -> (rows: StagedRows, attempts: Int) {
    for attempt in 1...5 {
      do {
        let session = try sample.session()
        let table = try sample.table("t", session)
        let prefix = "\(name)/\(attempt)"
        let part = try session.extract(sample.request(table, prefix: prefix, digestColumns: ["i", "s", "b"])) { _ in }
        return (try sample.read(part), attempt)
      } catch let error as ExtractionError where error.isTransient {
        #expect(!FileManager.default.fileExists(atPath: "\(sample.stage)/\(name)/\(attempt)"), "\(error)")
        continue
      }
    }
    throw Program.Failure(description: "five attempts failed")
  }

  /// 1000 by `SCMPLAN_FAULTS=1000`. Whole programs meet over 200 more, see SQLServerSweepTests.
  private static var count: Int {
    max(80, ProcessInfo.processInfo.environment["SCMPLAN_FAULTS"].flatMap { Int($0) } ?? 0)
  }

  @Test(arguments: [false, true])
  func losesAndDoublesNothing(isStreamed: Bool) async throws {
    let long = isStreamed ? String(repeating: "長", count: 2000) : "kurz"
    let sample = try await SQLServerSample(
      "CREATE TABLE t (i int NOT NULL PRIMARY KEY, s nvarchar(max), b varbinary(max))")
    try await sample.run(
      "INSERT INTO t VALUES \(SQLServerSample.values(1...Self.rows) { "\($0), N'\(long) \($0)', 0x\(isStreamed ? String(repeating: "00FF", count: 900) : "01")" })"
    )
    try await sample.database.set(["snapshot_isolation_state": 1])
    let expected = Set(try extracted(sample, "first").rows)
    #expect(expected.count == Self.rows)
    var random = SeededGenerator(seed: isStreamed ? 2 : 1)
    var fired = 0
    var retried = 0
    for number in 0..<(Self.count / 2) {
      let fault = Self.fault(using: &random)
      let id = try await sample.database.setFault(fault)
      let found = try extracted(sample, "part-\(number)")
      #expect(Set(found.rows) == expected && found.rows.count == Self.rows, "\(fault)")
      fired += try await sample.database.server.fired(id)
      if found.attempts > 1 { retried += 1 }
      try await sample.database.clearFaults()
    }
    #expect(
      fired >= Self.count / 2 - 5 && retried >= Self.count / 2 - 5,
      "\(fired) faults fired, \(retried) parts were tried again")
  }

  /// One fault somewhere on the way of a part: at its login, in a question before it, or among its rows.
  private static func fault(using random: inout SeededGenerator) -> [String: BenchValue] {
    func number(_ values: Int...) -> BenchValue { .number(Double(values.randomElement(using: &random)!)) }
    let place = Int.random(in: 0..<10, using: &random)
    switch place {
    case 0: return ["act": "error", "kind": "login", "number": number(40_613, 983)]
    case 1: return ["act": "failover", "text": "SELECT", "nth": number(1, 2, 3, 5), "logins": number(1, 2)]
    case 2: return ["act": "error", "text": "HASHBYTES", "number": number(1205, 1222, 596, 1105)]
    case 3: return ["act": "reset", "text": "sys\\.", "nth": number(1, 2, 3, 4)]
    case 4: return ["act": "half", "text": "^SELECT \\[i\\]"]
    case 5:
      return ["act": "half", "text": "HASHBYTES"]
    case 6:
      return [
        "act": "reset", "text": "^SELECT \\[i\\]", "bytes": .number(Double(Int.random(in: 1...1500, using: &random))),
      ]
    case 7:
      return ["act": "error", "text": "BEGIN TRANSACTION|COMMIT", "nth": number(1, 2), "number": number(596, 1205)]
    case 8:
      return [
        "act": "error", "text": "^SELECT \\[i\\]", "number": number(1205, 596, 3958, 1222),
        "rows": .number(Double(Int.random(in: 0...rows, using: &random))),
      ]
    default:
      return [
        "act": "reset", "text": "^SELECT \\[i\\]", "rows": .number(Double(Int.random(in: 0..<rows, using: &random))),
      ]
    }
  }

  /// A reply that is cut within a row, and ends as if all were well: FreeTDS waits for the rest, and the time-out ends that.
  @Test func neverTakesACutReplyForTheEnd() async throws {
    let sample = try await SQLServerSample("CREATE TABLE t (i int NOT NULL, s nvarchar(40) NOT NULL)")
    try await sample.run("INSERT INTO t VALUES \(SQLServerSample.values(1...40) { "\($0), N'some text \($0)'" })")
    var settings = sample.settings
    settings.statementTimeout = 3
    for rows in [0, 39] {
      let fault = try await sample.database.setFault(
        ["act": "truncate", "text": "^SELECT \\[i\\]", "rows": .number(Double(rows))])
      let session = try SQLServerSourceSession(settings)
      let table = try sample.table("t", session)
      #expect {
        try session.extract(sample.request(table)) { _ in }
      } throws: { ($0 as? ExtractionError)?.isTransient == true }
      #expect(try await sample.database.server.fired(fault) == 1)
    }
    #expect(try sample.extracted("t").count == 40)
  }

  /// Cut within a long value, FreeTDS waits for the rest of it: statement_timeout_seconds bounds that.
  @Test func givesUpOnAServerThatFallsSilent() async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (i int NOT NULL, s nvarchar(max)); INSERT INTO t VALUES (1, N'x'), (2, N'y')")
    let table = try sample.table("t")
    _ = try await sample.database.setFault(["act": "silent", "text": "^SELECT \\[i\\]"])
    var settings = sample.settings
    settings.statementTimeout = 3
    let session = try SQLServerSourceSession(settings)
    #expect {
      try session.extract(sample.request(table)) { _ in }
    } throws: { ($0 as? ExtractionError)?.isTransient == true }
  }
}
