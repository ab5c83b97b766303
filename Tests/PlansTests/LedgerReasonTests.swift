import Plans
import Testing
import Workflows

/// What the target's ledger says against the state: lost, put back, copied, or another's.
struct LedgerReasonTests {
  private static let plan = "plan-1"

  /// The sample table in two parts, loaded by run 1, asked with what the ledger has of that run.
  private func assess(
    _ synchronization: Synchronization = Synchronization(strategy: .checksum), parts: Set<Int> = [1, 2],
    isFinished: Bool = true, plan: String = Self.plan, known: String? = Self.plan, unfinished: Set<Int> = [],
    _ change: (inout Sample) -> Void = { _ in }
  ) throws -> Assessment {
    var sample = try Sample(synchronization).loaded(
      [.loaded(1, .between(nil, 10), rows: 90), .loaded(2, .between(10, nil), rows: 80)],
      watermark: synchronization.strategy == .watermark
        ? WatermarkState(column: "changed", bound: .integer(5), ties: nil) : nil)
    change(&sample)
    var facts = sample.facts
    facts.ledgerRun = LedgerRun(plan: plan, parts: parts, isFinished: isFinished)
    facts.knownPlan = known
    facts.unfinishedRuns = unfinished
    return try sample.planner.assess(facts)
  }

  @Test func `A ledger that says what the state says is fine`() throws {
    let assessment = try assess()
    #expect(assessment.basis == .incremental)
    #expect(assessment.warnings.isEmpty)
    #expect(try assess(known: nil).basis == .incremental, "a state that was put back from a document knows no runs")
  }

  @Test func `A run of the same number and another plan was another copy's`() throws {
    let assessment = try assess(plan: "plan-2")
    #expect(assessment.basis == .fresh(.reload, .stateBehind))
    #expect(assessment.warnings.contains { $0.contains("another copy is at work") })
  }

  @Test func `A target that was put back to the middle of the last run lacks parts`() throws {
    let assessment = try assess(parts: [2], isFinished: false)
    #expect(assessment.basis == .fresh(.reload, .targetBehind))
    #expect(assessment.warnings.contains { $0.contains("put back to an earlier moment") })
  }

  @Test func `Parts of earlier runs are not looked for among those of the last`() throws {
    let assessment = try assess(parts: [2]) {
      $0.state?.parts[1].loadedBy = 4
      $0.state?.run = 4
      $0.fence?.run = 4
    }
    #expect(assessment.basis == .incremental)
  }

  @Test func `A run that did not end in the target is missed where only its end tells`() throws {
    let watermark = Synchronization(strategy: .watermark, watermarkColumn: "changed")
    #expect(try assess(watermark).basis == .incremental)
    #expect(try assess(watermark, isFinished: false).basis == .fresh(.reload, .targetBehind))
    #expect(try assess(watermark, isFinished: false, unfinished: [1]).basis == .incremental, "the run was given up")
    #expect(
      try assess(watermark, unfinished: [2]) { $0.state?.run = 2 }.basis == .incremental, "given up before it began")
    #expect(try assess(watermark) { $0.state?.run = 2 }.basis == .fresh(.reload, .targetBehind))
    #expect(
      try assess(isFinished: false).basis == .incremental, "parts by checksum are in whether the run ended or not")
  }

  @Test func `Rows of an unknown table are told by who wrote them`() throws {
    var sample = Sample()
    sample.target = Sample.targetTable
    #expect(try sample.assess().basis == .fresh(.reload, .targetHoldsOtherRows))
    #expect(try sample.assess().warnings.isEmpty)
    sample.fence = LedgerFence(lineage: "another-lineage", run: 7, commits: 3)
    #expect(try sample.assess().basis == .fresh(.reload, .otherState))
    #expect(try sample.assess().warnings.contains { $0.contains("run 7 of state another-") })
    sample.fence?.lineage = Sample.lineage
    #expect(try sample.assess().basis == .fresh(.reload, .stateBehind))
    #expect(try sample.assess().warnings.contains { $0.contains("the state does not know the table") })
  }

  @Test func `Each reason says what is behind it`() throws {
    let other = try assess { $0.fence?.lineage = "another-lineage" }
    #expect(other.warnings.contains { $0.contains("run 1 of state another-") && $0.contains("spare the reload") })
    let behind = try assess { $0.fence?.run = 9 }
    #expect(behind.warnings.contains { $0.contains("knows of run 1, and run 9 loaded it") })
    let anew = try assess { $0.fence = nil }
    #expect(anew.warnings.contains { $0.contains("no ledger entry") })
  }

  @Test(arguments: Reason.allCases)
  func `A person looks first at what begins anew, and a job goes on with the rest`(reason: Reason) throws {
    var change = try Sample().loaded([.loaded(1, .whole, rows: 5)]).change(.counted([(.whole, 5)]))
    #expect(!change.needsReview)
    change.reason = reason
    let goesOn: Set<Reason> = [
      .requested, .strategyNone, .checksumDiffers, .checksumMissing, .notScanned, .newRows, .tiesAdded, .keysDiffer,
      .keysNotCompared, .notLoaded,
      .grewAndSplits, .shrankAndMerges, .newPart, .keyOrderDiffers, .unchanged,
    ]
    #expect(change.needsReview == !goesOn.contains(reason))
    change.reason = .checksumDiffers
    change.statements = ["ALTER TABLE t"]
    #expect(change.needsReview)
    change.statements = []
    change.refusals = ["no"]
    #expect(change.needsReview)
  }
}
