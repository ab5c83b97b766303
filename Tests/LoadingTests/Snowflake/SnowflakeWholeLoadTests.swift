import Catalogs
import Foundation
import Loading
import Plans
import Snowflake
import Support
import Testing

/// What a whole load shows on the wire, and what it does where others are in its way.
@Suite(.serialized, .blocking) struct SnowflakeWholeLoadTests {
  private func row(_ id: Int64, _ name: String) -> [Staged] { [.int(id), .text(name)] }

  /// The account's query history tells which run and part a statement was for.
  @Test func everyStatementOfALoadNamesItsRunAndPart() async throws {
    let world = try await SnowflakeWorld()
    world.mergeKey = ["ID"]
    try world.prepare()
    let before = try await world.bench.requests("query", user: world.user).count
    try world.load(3, [row(1, "a")], by: .merge)
    let asked = try await world.bench.requests("query", user: world.user)
    #expect(Set(asked[before...].map(\.tag)) == ["scmplan run 1 part 3 of \(world.target)"])
    for beginning in ["PUT ", "COPY INTO", "DELETE", "INSERT", "UPDATE", "COMMIT", "REMOVE", "CREATE OR REPLACE"] {
      #expect(asked[before...].contains { $0.sql?.hasPrefix(beginning) == true }, "\(beginning)")
    }
    // The first statement makes the database.
    let preparing = asked[..<before].filter { $0.sql?.contains("SCMPLAN_") == true }
    #expect(!preparing.isEmpty && preparing.allSatisfy { $0.tag == "scmplan run 1 of \(world.target)" })
  }

  /// Credentials of the stage that end between two parts of a file are renewed by the same `PUT`, and the load goes on.
  @Test func storageCredentialsThatEndBetweenTwoPartsOfAFile() async throws {
    let world = try await SnowflakeWorld(["ID": .integer, "NAME": .text(length: nil)])
    world.lineage = "L" + world.database
    try world.prepare()
    var generator = SeededGenerator(seed: 7)
    let letters = (0..<6 << 20).map { _ in UInt8.random(in: 33...126, using: &generator) }
    let texts = ["a", "b"].map { $0 + String(decoding: letters, as: UTF8.self) }
    let fault = try await world.bench.setFault([
      "act": "storage_expired", "kind": "s3.part", "text": .text(world.lineage), "nth": 2,
    ])
    let request = try world.request(1, texts.enumerated().map { row(Int64($0), $1) })
    let client = SnowflakeClient(world.settings, transfers: StageOptions(threshold: 5 << 20, partSize: 5 << 20))
    #expect(try SnowflakeTargetSession(client, account: "bench").load(request).rows == 2)
    try await world.bench.waitForFault(fault)
    let puts = try await world.bench.requests("query", user: world.user).filter { $0.sql?.hasPrefix("PUT") == true }
    #expect(puts.count == 2)
    let lengths = try world.rows("SELECT ID, LENGTH(NAME), LEFT(NAME, 9) FROM \(world.target) ORDER BY 1")
    #expect(lengths == texts.enumerated().map { ["\($0)", "\($1.count)", String($1.prefix(9))] })
    #expect(try world.rows("LIST @\(world.database).PUBLIC.SCMPLAN_STAGE").isEmpty)
  }

  /// `DELETE` locks the table: who waits for that in vain goes on waiting, and has not failed.
  @Test func aReplacementThatWaitsInVainForAnotherIsNoFailure() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [row(1, "a")], in: keys(nil, 5))
    try world.load(2, [row(7, "b")], in: keys(5, nil))
    try world.finish(parts: [1, 2])
    try world.nextRun()
    let fault = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "^COPY INTO", "user": .text(world.user),
    ])
    let first = try world.request(1, [row(1, "A")], in: keys(nil, 5))
    let settings = world.settings
    let holder = Task {
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          let result = try? SnowflakeTargetSession(SnowflakeClient(settings), account: "bench").load(first)
          continuation.resume(returning: result)
        }
      }
    }
    try await world.bench.waitForFault(fault)
    world.sessionParameters["LOCK_TIMEOUT"] = 1
    let error = loadingError { try world.load(2, [row(7, "B")], in: keys(5, nil)) }
    #expect(error?.code == .locked && error?.isTransient == true)
    try await world.bench.release(fault)
    #expect(await holder.value == LoadResult(rows: 1, deleted: 1, wasLoaded: false))
    #expect(try world.load(2, [row(7, "B")], in: keys(5, nil), attempt: 2).deleted == 1)
    #expect(try world.rows() == [["1", "A"], ["7", "B"]])
  }

  /// The note that the plan's statements ran is the run's own row or none.
  @Test func aRunThatLostTheTableWhileItPreparedSaysSo() async throws {
    let world = try await SnowflakeWorld()
    let request = try world.prepareRequest()
    let settings = world.settings
    let fault = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "SET PREPARED = TRUE", "user": .text(world.user),
    ])
    let loser = Task {
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          let session = SnowflakeTargetSession(SnowflakeClient(settings), account: "bench")
          do {
            try session.prepare(request)
            continuation.resume(returning: LoadingError.Code?.none)
          } catch {
            continuation.resume(returning: (error as? LoadingError)?.code)
          }
        }
      }
    }
    try await world.bench.waitForFault(fault)
    _ = try world.rows("UPDATE \(world.database).PUBLIC.SCMPLAN_FENCE SET RUN = 9")
    try await world.bench.release(fault)
    #expect(await loser.value == .fenced)
  }

  /// An attempt that was ended between its commit and its clearing is cleared by the next, which loads nothing.
  @Test(arguments: [LoadMethod.append, .merge]) func whatACommittedAttemptLeftIsCleared(method: LoadMethod) async throws
  {
    let world = try await SnowflakeWorld()
    world.mergeKey = ["ID"]
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "session_gone", "kind": "query", "text": "^REMOVE", "user": .text(world.user),
    ])
    try world.load(1, [row(1, "a")], by: method)
    try await world.bench.waitForFault(fault)
    let staged = "LIST @\(world.database).PUBLIC.SCMPLAN_STAGE"
    #expect(try world.rows(staged).count == 1)
    #expect(try world.load(1, [row(1, "a")], by: method, attempt: 2).wasLoaded)
    #expect(try world.rows(staged).isEmpty)
    let beside = try world.rows(
      "SELECT TABLE_NAME FROM \(world.database).INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE '%MERGE%'")
    #expect(beside.isEmpty)
    #expect(try world.rows() == [["1", "a"]])
  }

  /// A file without rows is a file like any other.
  @Test func aPartMayHaveAFileWithoutRows() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    var request = try world.request(1, [row(1, "a")])
    let empty = try world.files.staged([[]], columns: world.columns)
    request.staged.files += empty.files
    #expect(try world.session().load(request).rows == 1)
    #expect(try world.rows() == [["1", "a"]])
  }
}
