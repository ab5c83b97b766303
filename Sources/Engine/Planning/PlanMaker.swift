package import Catalogs
package import Extraction
package import Loading
package import Plans
package import Workflows

/// Makes a plan: reads both catalogs and the state, asks the planner, measures what it wants to know, asks it again.
///
/// Blocks while the source works; belongs on a thread of its own. Reads only.
package struct PlanMaker {
  package var source: any SourceSession
  package var target: any TargetSession
  package var planner: Planner
  package var skipsScans: Bool
  /// A directory for keys of both sides while they are compared; what is put there is removed again.
  package var stage: String
  /// Called before each table that is measured, with its name, its position from 1 on, and their number.
  package var progress: (ObjectName, Int, Int) -> Void

  package init(
    source: any SourceSession, target: any TargetSession, planner: Planner, skipsScans: Bool = false, stage: String,
    progress: @escaping (ObjectName, Int, Int) -> Void = { _, _, _ in }
  ) {
    self.source = source
    self.target = target
    self.planner = planner
    self.skipsScans = skipsScans
    self.stage = stage
    self.progress = progress
  }

  /// What a plan is made for.
  package struct Assignment: Sendable {
    package var name: String
    package var workflow: Workflow
    package var source: Endpoint
    package var target: Endpoint
    package var selection: TableSelection
    package var lineage: String
    package var serial: Int
    /// Everything the state remembers for this workflow.
    package var states: [TableState]
    /// The plans of the state's runs, by their identity.
    package var plans: [Int: String]
    /// Runs of the state that ended before all was done.
    package var unfinishedRuns: Set<Int>
    /// Rows a second of earlier runs between these two; nil before there was one.
    package var rate: Double?

    package init(
      name: String, workflow: Workflow, source: Endpoint, target: Endpoint, selection: TableSelection,
      lineage: String, serial: Int, states: [TableState], plans: [Int: String] = [:], unfinishedRuns: Set<Int> = [],
      rate: Double?
    ) {
      self.name = name
      self.workflow = workflow
      self.source = source
      self.target = target
      self.selection = selection
      self.lineage = lineage
      self.serial = serial
      self.states = states
      self.plans = plans
      self.unfinishedRuns = unfinishedRuns
      self.rate = rate
    }
  }

  /// A plan, and what it took to make it.
  package struct Outcome: Sendable {
    package var plan: Plan
    package var sourceTables: Int
    package var targetTables: Int
    package var measuredParts: Int
    package var measuredTables: Int
  }

  /// - Throws: ``PlanningFailure`` with every table that cannot be planned; errors of a connection as they are.
  package func make(_ assignment: Assignment) throws -> Outcome {
    var allFacts = try facts(assignment)
    try askForIceberg(&allFacts)

    var changes: [TableChange] = []
    var failures: [String] = []
    var measured = (tables: 0, parts: 0)
    for index in allFacts.indices {
      var facts = allFacts[index]
      do {
        progress(facts.sourceName, index + 1, allFacts.count)
        if let described = facts.source {
          try source.checkAccess(to: described)
          facts.remarks = source.remarks(on: described)
          facts.sharesSnapshots = source.sharesSnapshots(of: described)
          for key in try planner.keyCandidates(facts.configuration, of: described) {
            facts.obstacles[key] = source.obstacle(to: key, of: described)
          }
        }
        let assessment = try planner.assess(facts)
        let observer = TableObserver(source: source, target: target, stage: stage, skipsScans: skipsScans)
        let observation = try observer.observe(facts, assessment, planner)
        if !observation.layout.isUnknown {
          measured.tables += 1
          measured.parts += observation.layout.parts.count
        }
        try checkStage(facts)
        changes.append(try planner.change(facts, assessment, observation))
      } catch let error as PlanError {
        failures.append(error.description)
      } catch let error as ExtractionError
        where [.badFilter, .tableMissing, .notAllowed].contains(error.code)
      {
        failures.append(error.description)
      }
    }
    guard failures.isEmpty else { throw PlanningFailure(failures: failures) }
    changes += try forgotten(assignment)
    let plan = Plan(
      workflow: assignment.name, affinity: assignment.workflow.affinity, source: assignment.source,
      target: assignment.target, lineage: assignment.lineage, serial: assignment.serial, tables: changes,
      estimate: Estimate(of: changes, rate: assignment.rate))
    return Outcome(
      plan: plan, sourceTables: allFacts.count { $0.source != nil }, targetTables: allFacts.count { $0.target != nil },
      measuredParts: measured.parts,
      measuredTables: measured.tables)
  }

  /// What both catalogs and the state say of the tables that were chosen, before any row is read.
  package func facts(_ assignment: Assignment) throws -> [TableFacts] {
    let chosen = try chosenTables(assignment)
    let sources = try source.tables(chosen.map(\.source))
    let targets = try target.tables(chosen.map(\.target))
    let ledgers = try target.ledger(chosen.map(\.target))
    let states = Dictionary(uniqueKeysWithValues: assignment.states.map { ($0.key, $0) })
    return try chosen.map { table in
      let key = TableKey(
        sourceServer: assignment.source.server, source: table.source, targetServer: assignment.target.server,
        target: table.target)
      let ledger = ledgers[table.target]
      let state = states[key].map {
        planner.settled($0, table.configuration, fence: ledger?.fence, loaded: ledger?.entries ?? [])
      }
      var facts = TableFacts(
        configuration: table.configuration, sourceName: table.source, targetName: table.target,
        source: sources[table.source], target: targets[table.target],
        targetHasRows: try targets[table.target] != nil && target.hasRows(table.target),
        fence: ledger?.fence, state: state,
        isReplaceAsked: assignment.selection.replaces(source: table.source, target: table.target))
      facts.ledgerRun = ledger?.run
      facts.unfinishedRuns = assignment.unfinishedRuns
      if let fence = facts.fence, fence.lineage == assignment.lineage { facts.knownPlan = assignment.plans[fence.run] }
      return facts
    }
  }

  /// Asks the target for the preconditions of all Iceberg tables that are still to come to be; each question once.
  private func askForIceberg(_ facts: inout [TableFacts]) throws {
    var checks: [Int: [IcebergCheck]] = [:]
    for (index, table) in facts.enumerated() where table.configuration.target.tableType == .iceberg {
      guard let configuration = table.configuration.target.icebergConfig, !table.isIcebergDone else { continue }
      checks[index] = planner.dialect.icebergChecks(table.targetName, configuration, exists: table.target != nil)
    }
    let questions = Set(checks.values.joined()).sorted { ($0.sql, $0.requirement) < ($1.sql, $1.requirement) }
    guard !questions.isEmpty else { return }
    let answers = Dictionary(uniqueKeysWithValues: zip(questions, try target.answer(questions)))
    for (index, asked) in checks { facts[index].icebergChecks = asked.map { answers[$0] ?? $0 } }
  }

  /// Files that the source writes by itself must be where the target looks for them: it is asked before anything is written.
  private func checkStage(_ facts: TableFacts) throws {
    let extraction = facts.configuration.extraction
    guard extraction.strategy == .unload, let stage = extraction.externalStage, let place = source.unloadPlace,
      let obstacle = try target.obstacle(toStage: stage, below: place)
    else { return }
    throw PlanError(.unusable, at: "\(facts.sourceName)", obstacle)
  }

  private typealias ChosenTable = (configuration: TableConfiguration, source: ObjectName, target: ObjectName)

  private func chosenTables(_ assignment: Assignment) throws -> [ChosenTable] {
    let all = try assignment.workflow.tables.map { table in
      ChosenTable(
        table, try table.source.objectName(folding: planner.sourcePlatform.folding),
        try table.target.objectName(folding: planner.dialect.platform.folding))
    }
    let remembered = assignment.states.map { ($0.key.source, $0.key.target) }
    let unmatched = assignment.selection.unmatched(all.map { ($0.source, $0.target) } + remembered)
    guard unmatched.isEmpty else {
      throw PlanningFailure(failures: unmatched.map { "\($0): no table of the workflow has this name" })
    }
    return all.filter { assignment.selection.includes(source: $0.source, target: $0.target) }
  }

  /// Tables that the state has and the workflow no longer names: dropped from the state, left alone in the target.
  private func forgotten(_ assignment: Assignment) throws -> [TableChange] {
    let named = try Set(
      assignment.workflow.tables.map {
        [
          try $0.source.objectName(folding: planner.sourcePlatform.folding),
          try $0.target.objectName(folding: planner.dialect.platform.folding),
        ]
      })
    return assignment.states.filter { state in
      !named.contains([state.key.source, state.key.target])
        && state.key.sourceServer == assignment.source.server && state.key.targetServer == assignment.target.server
        && assignment.selection.includes(source: state.key.source, target: state.key.target)
    }.sorted { $0.key.source < $1.key.source }.map(TableChange.init(forgetting:))
  }
}

/// Every table that could not be planned, each with its reason.
package struct PlanningFailure: Error, CustomStringConvertible {
  package var failures: [String]

  package var description: String { failures.joined(separator: "\n") }
}
