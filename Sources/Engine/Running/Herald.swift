import Loading
import Logging
import Plans
import Store
import Workflows

/// Tells in the target where its runs stand, for those who look there and not here.
///
/// It never holds a run up: what cannot be told is told the next time. A run whose engine died between its end and the
/// telling is told of by the next engine.
struct Herald: Sendable {
  let context: EngineContext

  /// Runs that ended longer ago than this are not told of again when an engine starts, in milliseconds.
  private static let recent = 86_400_000

  /// Runs until the engine stops, and tells once more then.
  func run() async {
    let desk = ReportDesk(context)
    await desk.tellEnded(since: context.clock.now() - Self.recent)
    while !context.isStopping {
      await desk.tellOpen()
      guard !context.isStopping else { break }
      await context.herald.wait(milliseconds: context.settings.account)
    }
    await desk.tellOpen()
  }
}

/// Makes the reports, on a thread of its own, over one connection to the target.
private actor ReportDesk {
  private let executor = BlockingExecutor(label: "scmplan.report")
  private let context: EngineContext
  private var reporter: (endpoint: Endpoint, reporter: (any RunReporter)?)?
  /// The last report of each run that was open when it was last looked at.
  private var told: [Int: RunReport] = [:]
  /// No later run has been told of.
  private var newest = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ context: EngineContext) {
    self.context = context
  }

  /// Tells of the newest run of each workflow, where it ended after `moment`.
  func tellEnded(since moment: Milliseconds) {
    attempt {
      var seen: Set<String> = []
      for run in try context.store.runs() where seen.insert(run.workflow).inserted {
        guard let ended = run.ended else { continue }
        newest = max(newest, run.id)
        if ended >= moment { try tell(run) }
      }
    }
    told = [:]
  }

  /// Tells of the runs that are open, and once more of those that were, or that came and ended since the last time.
  func tellOpen() {
    attempt {
      let runs = try context.store.runs().filter { !$0.isEnded || $0.id > newest || told[$0.id] != nil }
      for run in runs.reversed() {
        try tell(run)
        if run.isEnded { told[run.id] = nil }
        newest = max(newest, run.id)
      }
    }
  }

  private func attempt(_ work: () throws -> Void) {
    do {
      try work()
    } catch {
      reporter = nil
      context.logger.warning("where the run stands cannot be told in the target: \(TaskFailure(error).message)")
    }
  }

  private func tell(_ run: Run) throws {
    let plan = try context.plans.plan(run.plan, ofRun: run.id, from: context.store).plan
    guard let reporter = try open(plan.target) else { return }
    let report = try RunReport(
      context.store.progress(run: run.id), plan: plan, errors: context.store.firstErrors(run: run.id))
    if told[run.id] != report { try reporter.tell(report) }
    told[run.id] = report
  }

  private func open(_ endpoint: Endpoint) throws -> (any RunReporter)? {
    if let reporter, reporter.endpoint == endpoint { return reporter.reporter }
    reporter = nil
    let opened = try context.sessions.reporter(endpoint)
    reporter = (endpoint, opened)
    return opened
  }
}

extension RunReport {
  /// A configuration of more bytes is left out: statements have a limit.
  private static let longestConfiguration = 400_000

  init(_ progress: RunProgress, plan: Plan, errors: [FirstError]) throws {
    let run = progress.run
    let configuration = try "[" + plan.tables.map { try $0.configuration.canonicalJSON() }.joined(separator: ",") + "]"
    self.init(
      id: "\(plan.lineage)/\(run.id)", workflow: run.workflow, status: Status(run), detail: run.state.rawValue,
      created: run.created, started: run.started, ended: run.ended,
      configuration: configuration.utf8.count > Self.longestConfiguration
        ? #"{"omitted":"longer than a statement may be"}"# : configuration,
      tables: progress.tables.map { table in
        Table(
          index: table.index, source: table.source, target: table.target, action: table.action.rawValue,
          parts: table.counts.parts, extractedParts: table.counts.extractedParts,
          loadedParts: table.counts.loadedParts, failedParts: table.counts.failedParts,
          loadedRows: table.counts.loadedRows)
      },
      errors: errors.map {
        PartError(table: $0.table, part: $0.part, code: $0.code, message: $0.message, at: $0.at)
      })
  }
}

extension RunReport.Status {
  /// A run that is paused has begun, and is not at its end.
  fileprivate init(_ run: Run) {
    self = run.isEnded ? .completed : run.started == nil ? .pending : .executing
  }
}
