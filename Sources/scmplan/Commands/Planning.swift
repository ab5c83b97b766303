import Catalogs
import Crypto
import Engine
import Extraction
import Foundation
import Loading
import Plans
import Store
import Workflows

/// Makes the plan of a workflow file: what `plan`, `apply` and `refresh` have in common.
struct Planning {
  var workspace: Workspace
  var store: Store
  var options: WorkflowOptions
  var selection: TableSelection
  var skipsScans = false
  /// A folder of definition files to read the target from; nil to ask the target.
  var targetDDL: String?
  /// Where the work is told to a person who waits; nil when nobody does.
  var waiting: Output?

  /// A plan, and what to say about making it.
  struct Result {
    var saved: SavedPlan
    var effort: String
  }

  /// - Throws: ``Failure`` when the workflow does not fit the connections; errors of source, target and state as they are.
  func plan(_ path: String) throws -> Result {
    let name = try WorkflowFile.name(of: path, given: options.name)
    let document = try WorkflowFile.document(path)
    let (source, target) = try options.connections(of: workspace.configuration)
    let problems = document.check(source: source.platform, target: target.platform)
    let report = DiagnosticReport(file: WorkflowFile.displayName(path), diagnostics: problems)
    if !problems.isEmpty { Output.error.line(report.text) }
    guard !problems.hasErrors else { throw Failure.silent(.error) }

    let opener = ConnectionOpener(configuration: workspace.configuration, resolver: ReferenceValues())
    let endpoints = (source: try opener.endpoint(source), target: try opener.endpoint(target))
    let sourceSession = try opener.source(endpoints.source)
    let lineage = try store.lineage()
    let states = try store.tableStates(workflow: name)
    let definitions = try targetDDL.map { try readDefinitions($0, target.platform) }
    let targetSession: any TargetSession
    if let definitions {
      let known = states.filter { $0.key.targetServer == endpoints.target.server }
      targetSession = SnowflakeDDLTarget(definitions.definitions, states: known, lineage: lineage)
    } else {
      targetSession = try opener.target(endpoints.target)
      try adoptLedger(name, endpoints.target, targetSession)
    }

    let planner = Planner(
      sourcePlatform: source.platform, dialect: opener.dialect(of: target.platform), lineage: lineage,
      fingerprint: Hashing.fingerprint)
    let began = ContinuousClock.now
    let stage = workspace.planningStage()
    defer { try? FileManager.default.removeItem(atPath: stage) }
    let maker = PlanMaker(
      source: sourceSession, target: targetSession, planner: planner, skipsScans: skipsScans, stage: stage
    ) {
      table, index, count in
      guard let waiting, waiting.isTerminal else { return }
      waiting.write("\r\u{1B}[KReading \(table) (\(index) of \(count))")
    }
    var outcome = try maker.make(
      PlanMaker.Assignment(
        name: name, workflow: document.workflow, source: endpoints.source, target: endpoints.target,
        selection: selection, lineage: lineage, serial: try store.serial(of: name),
        states: try store.tableStates(workflow: name), plans: try store.runPlans(workflow: name),
        unfinishedRuns: try store.unfinishedRuns(workflow: name),
        rate: try store.rate(source: endpoints.source.server, target: endpoints.target.server)?.rowsPerSecond))
    outcome.plan.targetDDL = definitions?.origin
    if let waiting, waiting.isTerminal { waiting.write("\r\u{1B}[K") }
    let took = ContinuousClock.now - began
    return Result(
      saved: try SavedPlan(outcome.plan),
      effort: "Read \(Numbers.plural(outcome.sourceTables, "table")) from the source and "
        + "\(outcome.targetTables) from \(definitions == nil ? "the target" : "its definition files"), measured "
        + "\(Numbers.plural(outcome.measuredParts, "part")) of \(Numbers.plural(outcome.measuredTables, "table")), in "
        + "\(Numbers.duration(took.seconds)).")
  }

  private func readDefinitions(_ path: String, _ platform: TargetPlatform) throws -> SnowflakeDDLFolder {
    guard platform == .snowflake else {
      throw Failure(
        .usage, "--target-ddl is for a Snowflake target; this one is \(platform.title)",
        "Leave it out: the target itself is asked.")
    }
    return try SnowflakeDDLFolder(path, name: path, fingerprint: Hashing.fingerprint)
  }

  /// Parts that the target's ledger has and the state missed, because a run did not live to report them.
  private func adoptLedger(_ workflow: String, _ target: Endpoint, _ session: any TargetSession) throws {
    let open = try store.tableStates(workflow: workflow).filter { state in
      state.key.targetServer == target.server && state.parts.contains { $0.loadedBy == nil }
    }
    guard !open.isEmpty, try store.openRuns().allSatisfy({ $0.workflow != workflow }) else { return }
    let ledgers = try session.ledger(open.map(\.key.target))
    for state in open {
      guard let entries = ledgers[state.key.target]?.entries else { continue }
      _ = try store.adopt(entries, into: state.key, now: currentMilliseconds())
    }
  }
}

extension Duration {
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
