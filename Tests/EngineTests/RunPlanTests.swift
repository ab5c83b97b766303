import Catalogs
import Engine
import Extraction
import Loading
import Plans
import Store
import Testing
import Workflows

/// What source and target are asked for a task.
@Suite struct RunPlanTests {
  private let store: Store
  private var plan: Plan

  init() throws {
    store = try ModelPlan.store()
    plan = try ModelPlan.plan(tables: [2], store: store)
    // A column that has another name in the target.
    plan.tables[0].columns[0].target = "ID"
    plan.tables[0].mergeKey = ["ID"]
    plan.tables[0].ledger = LedgerFence(lineage: plan.lineage, run: 3, commits: 4)
  }

  /// The first task of a kind, once those before it are complete.
  private func task(_ kind: TaskKind) throws -> ClaimedTask {
    _ = try ModelPlan.submit(plan, to: store, now: 0)
    while true {
      let task = try #require(
        try store.claim(
          owner: "e", kinds: [.prepare, .extract, .load, .finish], affinity: nil, limit: 1, now: 0, lease: 30_000
        ).first)
      if task.kind == kind { return task }
      let staged = StagedPart(
        files: [StagedFile(path: "f", rows: 10, bytes: 1, sha256: "")], sourceRows: 10)
      let result: TaskResult =
        switch task.kind {
        case .prepare: .prepared
        case .extract: .extracted(staged)
        case .load: .loaded(rows: 10, deleted: 0)
        case .remove: .removed(rows: 0, from: nil)
        case .finish: .finished
        }
      _ = try store.complete(TaskCompletion(task: task.id, attempt: task.attempt, result: result), owner: "e", now: 0)
    }
  }

  @Test func anExtractionSpeaksTheSourcesNamesAndStagesApart() throws {
    let task = try task(.extract)
    let settings = EngineSettings(kind: .engine, lifetime: .service, stage: "/stage", memory: 7)
    let request = try RunPlan(plan: plan, id: "p").extractRequest(
      task, stage: StageFolder(root: "/stage"), settings: settings)
    #expect(request.key?.columns == ["id"])
    #expect(request.stage == "/stage")
    #expect(request.prefix == "\(task.run)/0/1/1")
    #expect(request.memory == 7)
    #expect(request.fingerprint == "f")
    #expect(request.range == plan.tables[0].parts[0].part.range)
  }

  @Test mutating func aLoadSpeaksTheTargetsNames() throws {
    plan.tables[0].parts[0].window = Window(column: "id", after: .integer(1), through: .integer(9))
    plan.tables[0].parts[0].method = .merge
    plan.tables[0].parts[0].replaces = [8, 9]
    let task = try task(.load)
    let request = try RunPlan(plan: plan, id: "p").loadRequest(task, stage: StageFolder(root: "/stage"))
    #expect(request.key == ["ID"])
    #expect(request.window?.column == "ID")
    #expect(request.mergeKey == ["ID"])
    #expect(request.method == .merge)
    #expect(request.replaces == [8, 9])
    #expect(request.staged.rows == 10)
    #expect(request.plan == "p")
    #expect(request.run == task.run)
  }

  @Test func preparingAndFinishingSayWhatThePlanSaw() throws {
    let run = RunPlan(plan: plan, id: "p")
    let task = try task(.prepare)
    let prepare = try run.prepareRequest(task)
    #expect(prepare.expected == plan.tables[0].ledger)
    #expect(prepare.lineage == plan.lineage)
    #expect(prepare.run == task.run)
    #expect(try run.finishRequest(task).parts == [1, 2])
  }

  @Test mutating func aChecksumIsTakenByTheRunOnlyWhereThePlanHasNone() throws {
    let task = try task(.extract)
    #expect(try RunPlan(plan: plan, id: "p").measureRequest(task) == nil)
    plan.tables[0].configuration.synchronization = Synchronization(strategy: .checksum)
    let request = try #require(try RunPlan(plan: plan, id: "p").measureRequest(task))
    #expect(request.parts.map(\.id) == [1, 2])
    #expect(request.digestColumns == ["id"])
    plan.tables[0].parts[0].digest = RowDigest()
    #expect(try RunPlan(plan: plan, id: "p").measureRequest(task) == nil)
  }

  @Test mutating func aTaskThatThePlanDoesNotHaveIsAnError() throws {
    let task = try task(.load)
    var other = plan
    other.tables[0].parts = []
    #expect { try RunPlan(plan: other, id: "p").loadRequest(task, stage: StageFolder(root: "/stage")) } throws: {
      ($0 as? EngineError)?.code == .planMismatch
    }
    other.tables = []
    #expect { try RunPlan(plan: other, id: "p").finishRequest(task) } throws: {
      ($0 as? EngineError)?.code == .planMismatch
    }
    plan.tables[0].columns = []
    let broken = RunPlan(plan: plan, id: "p")
    #expect { try broken.loadRequest(task, stage: StageFolder(root: "/stage")) } throws: {
      ($0 as? EngineError)?.code == .planMismatch
    }
  }
}
