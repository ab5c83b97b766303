import Catalogs
import Foundation
import Loading
import Plans
import Snowflake
import Support
import Testing

/// Answers that never come, sessions that end, loaders that wake up late: the target holds each part once.
@Suite(.serialized, .blocking) struct SnowflakeFaultTests {
  private func row(_ id: Int64, _ name: String) -> [Staged] { [.int(id), .text(name)] }

  /// Loads a part by appending, which nothing would undo if it were done twice, with a fault on the way; then again until it
  /// is in.
  private func appendOnce(_ fault: [String: BenchValue], times: Int = 1) async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    var armed = fault
    armed["user"] = .text(world.user)
    armed["times"] = .number(Double(times))
    let id = try await world.bench.setFault(armed)
    var request = try world.request(1, [row(1, "a"), row(2, "b")], by: .append)
    var result: LoadResult?
    for attempt in 1...3 where result == nil {
      request.attempt = attempt
      do {
        result = try world.session().load(request)
      } catch let error as LoadingError {
        #expect(error.isTransient, "\(error)")
        try await world.bench.clearFaults(user: world.user)
      }
    }
    #expect(try await world.bench.faults().filter { $0.id == id }.allSatisfy { $0.fired > 0 })
    #expect(result?.rows == 2)
    #expect(try world.rows() == [["1", "a"], ["2", "b"]])
    let entries = try world.session().ledger([world.target])[world.target]?.entries
    #expect(entries?.count == 1)
  }

  /// Every statement of a load, by the words that tell it from the others.
  static let statements = [
    "'loading'", "^COPY INTO", "CURRENT_TRANSACTION", "COMMITS = COMMITS", "STATE = 'loaded'$", "'loaded', 2",
    "^COMMIT", "^BEGIN", "^PUT",
  ]

  /// The answer is lost once: the client asks again under the same request id.
  @Test(arguments: statements) func anAnswerLostOnceIsAskedForAgain(text: String) async throws {
    try await appendOnce(["act": "lost", "kind": "query", "text": .text(text)])
  }

  /// The answer is lost for as long as anybody asks: what became of it is looked up.
  @Test(arguments: ["^COPY INTO", "^COMMIT", "'loaded', 2", "COMMITS = COMMITS"])
  func anAnswerLostForGoodIsLookedUp(text: String) async throws {
    try await appendOnce(["act": "lost", "kind": "query", "text": .text(text)], times: 1_000)
  }

  /// The session ends before the statement runs, and with it the transaction.
  @Test(arguments: ["^COPY INTO", "^COMMIT", "'loaded', 2", "COMMITS = COMMITS"])
  func aSessionThatEndsTakesItsTransactionAlong(text: String) async throws {
    try await appendOnce(["act": "session_gone", "kind": "query", "text": .text(text)])
  }

  @Test(arguments: ["^COPY INTO", "^COMMIT"]) func anExpiredTokenIsRenewedOnTheWay(text: String) async throws {
    try await appendOnce(["act": "session_expired", "kind": "query", "text": .text(text)])
  }

  /// Loads on a thread of its own, for it will be held there; tells whether it loaded nothing.
  private func loader(_ request: LoadRequest, _ world: SnowflakeWorld) -> Task<Bool, Never> {
    let settings = world.settings
    return Task {
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          let result = try? SnowflakeTargetSession(SnowflakeClient(settings), account: "bench").load(request)
          continuation.resume(returning: result?.wasLoaded ?? true)
        }
      }
    }
  }

  /// A loader is held before its commit, its successor loads the part, and then it wakes up.
  @Test(arguments: ["^COPY INTO", "COMMITS = COMMITS", "^COMMIT"])
  func aLoaderThatWakesUpLateAddsNothing(text: String) async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    // The second COMMIT is the load's own; the first notes the attempt.
    let fault = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": .text(text), "user": .text(world.user), "nth": text == "^COMMIT" ? 2 : 1,
    ])
    let late = try world.request(1, [row(1, "a")], by: .append)
    let zombie = loader(late, world)
    try await world.bench.waitForFault(fault)
    let next = try world.load(1, [row(1, "a")], by: .append, attempt: 2)
    #expect(next == LoadResult(rows: 1, deleted: 0, wasLoaded: false))
    try await world.bench.release(fault)
    #expect(await zombie.value)
    #expect(try world.rows() == [["1", "a"]])
    #expect(try world.session().ledger([world.target])[world.target]?.entries.map(\.attempt) == [2])
  }

  @Test func anEarlierAttemptThatComesLateIsRefused() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "^COPY INTO", "user": .text(world.user),
    ])
    #expect(loadingError { try world.load(1, [row(1, "a")], attempt: 2) } != nil)
    try await world.bench.waitForFault(fault)
    #expect(loadingError { try world.load(1, [row(1, "a")], attempt: 1) }?.code == .fenced)
    try world.load(1, [row(1, "a")], attempt: 3)
    #expect(try world.rows() == [["1", "a"]])
  }

  /// Definitions commit one by one: a run that was ended between them begins them again.
  @Test(arguments: [("CREATE TABLE IF NOT EXISTS D\\w+.PUBLIC.T ", 1), ("CREATE STAGE", 2), ("PREPARED = TRUE", 1)])
  func preparingThatWasEndedHalfwayIsDoneAgain(text: String, times: Int) async throws {
    let world = try await SnowflakeWorld()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": .text(text), "user": .text(world.user), "times": .number(Double(times)),
    ])
    #expect(loadingError { try world.prepare() } != nil)
    try await world.bench.waitForFault(fault, count: times)
    try world.prepare()
    try world.load(1, [row(1, "a")])
    #expect(try world.rows() == [["1", "a"]])
  }

  /// Two sessions that make the same thing at one moment: one is refused, and finds it made.
  @Test(arguments: ["SCMPLAN_LEDGER", "CREATE STAGE"]) func aRefusedDefinitionIsAskedForAgain(text: String) async throws
  {
    let world = try await SnowflakeWorld()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": .text(text), "user": .text(world.user),
    ])
    try world.prepare()
    try await world.bench.waitForFault(fault)
    try world.load(1, [row(1, "a")])
    #expect(try world.rows() == [["1", "a"]])
  }

  /// A loader of an older run is ended before the next run's first statement.
  @Test func aNewRunEndsTheLoadersOfTheOldOne() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "^COPY INTO", "user": .text(world.user),
    ])
    let old = try world.request(1, [row(1, "old")], by: .append)
    let zombie = loader(old, world)
    try await world.bench.waitForFault(fault)
    try world.nextRun()
    try world.load(1, [row(2, "new")], by: .append)
    try await world.bench.release(fault)
    #expect(await zombie.value)
    #expect(try world.rows() == [["2", "new"]])
  }

  /// Does work on a thread of its own, for it will be held there; tells whether it came to its end.
  private func inBackground(
    _ world: SnowflakeWorld, _ work: @escaping @Sendable (SnowflakeTargetSession) throws -> Void
  ) -> Task<Bool, Never> {
    let settings = world.settings
    return Task {
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          let session = SnowflakeTargetSession(SnowflakeClient(settings), account: "bench")
          continuation.resume(returning: (try? work(session)) != nil)
        }
      }
    }
  }

  /// A swap done twice is undone: one that comes late must not come at all.
  @Test func aFinisherThatWakesUpLateSwapsNothingBack() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [row(1, "old")])
    try world.finish(parts: [1])
    world.addressing = .rebuild
    try world.nextRun()
    try world.load(1, [row(2, "new")])
    let late = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "SWAP WITH", "user": .text(world.user),
    ])
    let request = world.finishRequest(parts: [1])
    let zombie = inBackground(world) { try $0.finish(request) }
    try await world.bench.waitForFault(late)
    let next = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "^DROP TABLE IF EXISTS", "user": .text(world.user),
    ])
    let successor = inBackground(world) { try $0.finish(request) }
    try await world.bench.waitForFault(next)
    try await world.bench.release(late)
    #expect(await zombie.value == false)
    try await world.bench.release(next)
    #expect(await successor.value)
    #expect(try world.rows() == [["2", "new"]])
  }

  /// Definitions commit by themselves, whatever the fence says: one that comes late must not drop what was gathered since.
  @Test func aPreparerThatWakesUpLateDropsNothing() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [row(1, "old")])
    try world.finish(parts: [1])
    world.addressing = .rebuild
    let expected = try world.session().ledger([world.target])[world.target]?.fence
    (world.run, world.plan) = (2, "P2")
    let request = try world.prepareRequest(creates: false, expected: expected)
    let late = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "^DROP TABLE IF EXISTS", "user": .text(world.user),
    ])
    let zombie = inBackground(world) { try $0.prepare(request) }
    try await world.bench.waitForFault(late)
    try world.session().prepare(request)
    try world.load(1, [row(2, "new")])
    try await world.bench.release(late)
    #expect(await zombie.value == false)
    try world.finish(parts: [1])
    #expect(try world.rows() == [["2", "new"]])
  }

  /// Neither the fence nor the ledger needs the privilege to end sessions.
  @Test func aLoaderThatCannotBeEndedAddsNothingEither() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "COMMITS = COMMITS", "user": .text(world.user),
    ])
    let refusal = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "ABORT_SESSION", "user": .text(world.user),
    ])
    let zombie = loader(try world.request(1, [row(1, "a")], by: .append), world)
    try await world.bench.waitForFault(fault)
    let next = try world.load(1, [row(1, "a")], by: .append, attempt: 2)
    #expect(next == LoadResult(rows: 1, deleted: 0, wasLoaded: false))
    try await world.bench.waitForFault(refusal)
    try await world.bench.release(fault)
    #expect(await zombie.value)
    #expect(try world.rows() == [["1", "a"]])
  }

  /// An `INSERT` waits for nobody: a run that was ended before it looked whether it is alone looks when it is back.
  @Test func ofTwoRunsThatTookTheTableAtOnceNoneGoesOnUnawares() async throws {
    let world = try await SnowflakeWorld()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "^SELECT COUNT.*SCMPLAN_FENCE", "user": .text(world.user),
    ])
    #expect(loadingError { try world.prepare() } != nil)
    try await world.bench.waitForFault(fault)
    let fence = "\(world.database).PUBLIC.SCMPLAN_FENCE"
    _ = try world.rows("INSERT INTO \(fence) VALUES ('T', 'OTHER', 5, 0, 'P5', FALSE, FALSE)")
    let code = loadingError { try world.prepare() }?.code
    #expect(code == .busy || code == .fenced)
    #expect(try world.rows("SELECT LINEAGE FROM \(fence) WHERE PREPARED").isEmpty)
  }

  /// A `DELETE` would hold the table's lock over its part's COPY: where nothing is to go, parts do not wait for each other.
  @Test func partsOfATableWithoutRowsLoadAtOnce() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "hold", "kind": "query", "text": "COMMITS = COMMITS", "user": .text(world.user),
    ])
    let first = loader(try world.request(1, [row(1, "a")], in: keys(nil, 5)), world)
    try await world.bench.waitForFault(fault)
    #expect(try world.load(2, [row(7, "b")], in: keys(5, nil)).rows == 1)
    try await world.bench.release(fault)
    #expect(await first.value == false)
    #expect(try world.rows() == [["1", "a"], ["7", "b"]])
  }

  /// A statement that was cancelled, that ran out of its time or that failed inside Snowflake may succeed the next time.
  @Test(arguments: ["000603", "000604", "000630", "000625"])
  func whatMayPassIsTriedAgain(code: String) async throws {
    try await appendOnce(["act": "error", "kind": "query", "text": "^COPY INTO", "code": .text(code)])
  }

  @Test func whatWillNotPassIsNot() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let fault = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "^COPY INTO", "code": "100078", "user": .text(world.user),
    ])
    let error = loadingError { try world.load(1, [row(1, "a")]) }
    try await world.bench.waitForFault(fault)
    #expect(error?.code == .valueRefused && error?.isTransient == false)
  }
}
