import Plans
import Testing
import Workflows

/// What the target's ledger says of parts that the state was not told of.
struct PlannerLedgerTests {
  private static let window = Window(column: "changed", after: .integer(10), through: .integer(20))
  private static let parts = [
    PartState(part: Part(id: 1, range: .whole), digest: nil, rows: 5, loadedBy: 1, run: 1),
    PartState(part: Part(id: 2, range: .whole), window: window, digest: nil, rows: 0, loadedBy: nil, run: 2),
    PartState(part: Part(id: 3, range: .whole), digest: nil, rows: 0, loadedBy: nil, run: 2),
  ]
  private static let loaded = [2, 3].map {
    LedgerEntry(lineage: Sample.lineage, run: 2, part: $0, attempt: 1, rows: 7, plan: "p")
  }

  /// The parts that are loaded, of a state with an open window (2) and an open part of a first load (3).
  private func settled(
    fence: LedgerFence? = LedgerFence(lineage: Sample.lineage, run: 2, commits: 9), addressing: Addressing = .keyRange,
    writeMode: WriteMode? = nil, merges: Bool = false, loaded: [LedgerEntry] = loaded
  ) throws -> [Int: Int] {
    let sample = try Sample().loaded(Self.parts, addressing: addressing)
    var configuration = sample.facts.configuration
    configuration.synchronization = Synchronization(
      strategy: .watermark, watermarkColumn: "changed", trackModifications: merges)
    configuration.target.writeMode = writeMode
    let state = try #require(sample.state)
    let settled = sample.planner.settled(state, configuration, fence: fence, loaded: loaded)
    return Dictionary(uniqueKeysWithValues: settled.parts.filter { $0.loadedBy != nil }.map { ($0.part.id, $0.rows) })
  }

  @Test func whatJoinsOtherRowsIsTakenForLoaded() throws {
    #expect(try settled() == [1: 5, 2: 7])
    #expect(try settled(writeMode: .append) == [1: 5, 2: 7, 3: 7])
    // What replaces or merges may come again.
    #expect(try settled(merges: true) == [1: 5])
    #expect(try settled(writeMode: .merge) == [1: 5])
  }

  @Test func onlyTheRunThatHasTheTargetIsBelieved() throws {
    #expect(try settled(fence: nil) == [1: 5])
    #expect(try settled(fence: LedgerFence(lineage: "another", run: 2, commits: 9)) == [1: 5])
    #expect(try settled(fence: LedgerFence(lineage: Sample.lineage, run: 1, commits: 9)) == [1: 5])
    #expect(try settled(loaded: []) == [1: 5])
    // A rebuild's rows are not in the table yet.
    #expect(try settled(addressing: .rebuild) == [1: 5])
  }

  @Test func theWatermarkThatTheLastRunLeadsToKnowsItsTies() throws {
    var state = try #require(try Sample().loaded(Self.parts).state)
    #expect(state.reached == WatermarkState(column: "changed", bound: .integer(20), ties: nil))
    let ties = RowDigest.sample(3, 4)
    state.nextWatermark = WatermarkState(column: "changed", bound: .integer(20), ties: ties)
    #expect(state.reached?.ties == ties)
    state.nextWatermark?.bound = .integer(30)
    #expect(state.reached == WatermarkState(column: "changed", bound: .integer(20), ties: nil))
  }
}
