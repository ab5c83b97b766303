package import Catalogs
import Extraction
import Foundation
import Loading
package import Plans
import Workflows

/// Proves that target tables equal their sources: in schema, in numbers of rows, in content.
///
/// Reads only. Blocks while both sides work; belongs on a thread of its own. docs/verify.md tells how rows are compared.
package struct Verifier {
  package var opener: any SessionOpener
  package var planner: Planner
  package var level: VerificationLevel
  /// Differing rows of a table that are told one by one.
  package var limit: Int
  /// Values of differing rows are told, and not only their keys.
  package var showsValues: Bool
  /// A directory for what is extracted; removed part by part.
  package var stage: String
  /// Bytes of memory that an extraction may take.
  package var memory: Int

  package init(
    opener: any SessionOpener, planner: Planner, level: VerificationLevel, limit: Int, showsValues: Bool, stage: String,
    memory: Int
  ) {
    self.opener = opener
    self.planner = planner
    self.level = level
    self.limit = limit
    self.showsValues = showsValues
    self.stage = stage
    self.memory = memory
  }

  /// Compares the tables of a workflow one after the other; `told` is called with each.
  ///
  /// - Parameter progress: is called before each table with its name, its position from 1 on, and their number.
  /// - Throws: ``PlanningFailure`` when tables cannot be compared at all, after all others were; errors of a connection as
  ///   they are.
  package func verify(
    _ assignment: PlanMaker.Assignment, progress: (ObjectName, Int, Int) -> Void, told: (TableVerdict) -> Void
  ) throws {
    let source = try opener.source(assignment.source)
    let target = try opener.target(assignment.target)
    let maker = PlanMaker(source: source, target: target, planner: planner, stage: stage)
    let facts = try maker.facts(assignment)
    var failures: [String] = []
    for (index, table) in facts.enumerated() {
      progress(table.sourceName, index + 1, facts.count)
      do {
        told(try verdict(table, assignment, source, target))
      } catch let error as PlanError {
        failures.append(error.description)
      } catch let error as ExtractionError
        where [.badFilter, .tableMissing, .notAllowed, .shapeChanged].contains(error.code)
      {
        failures.append(error.description)
      }
    }
    guard failures.isEmpty else { throw PlanningFailure(failures: failures) }
  }

  private func verdict(
    _ facts: TableFacts, _ assignment: PlanMaker.Assignment, _ source: any SourceSession, _ target: any TargetSession
  ) throws -> TableVerdict {
    guard let described = facts.source else {
      throw PlanError(
        .tableMissing, at: "\(facts.sourceName)", "the source has no such table, or the login may not see it")
    }
    try source.checkAccess(to: described)
    let typed = try typed(described, facts, source)
    let mapped = planner.columns(facts, source: typed)
    var verdict = TableVerdict(
      source: facts.sourceName, target: facts.targetName, schema: planner.schemaDifferences(facts, mapped))
    guard facts.target != nil, !verdict.schema.contains(where: { $0.kind == .targetColumnMissing }), level != .schema
    else {
      return verdict
    }
    let filter = facts.configuration.whereClauseCriteria
    let window = moved(facts, described)
    if level == .counts {
      let request = MeasureRequest(
        table: described, filter: filter, key: nil, parts: [Part(id: 0, range: .whole)], window: window)
      verdict.counts = TableVerdict.Counts(
        source: try source.measure(request).totalRows, target: try target.rowCount(of: facts.targetName))
      try countPending(&verdict, window, described, filter, source)
      return verdict
    }
    let (key, parts) = layout(facts)
    let uncompared = mapped.filter { !target.isComparable($0) }.map(\.source)
    let columns = mapped.filter(target.isComparable)
    let (opener, endpoint) = (opener, assignment.target)
    let rows = SourceRows(
      opener: opener, endpoint: assignment.source, table: described.name, columns: columns, filter: filter, key: key,
      parts: parts, fingerprint: planner.fingerprint(described.shape),
      wantsSnapshot: facts.configuration.snapshot != .none,
      stage: stage, memory: memory)
    let comparison = ContentComparison(
      source: rows, openTarget: { try opener.target(endpoint) }, target: facts.targetName, columns: columns,
      key: try identity(facts, described, columns), window: window, limit: limit, showsValues: showsValues)
    let found = try comparison.run()
    (verdict.counts, verdict.content) = (found.counts, found.content)
    verdict.content?.uncompared = uncompared
    try countPending(&verdict, window, described, filter, source)
    return verdict
  }

  private func countPending(
    _ verdict: inout TableVerdict, _ window: Window?, _ table: Table, _ filter: String?, _ source: any SourceSession
  ) throws {
    guard window != nil, let counts = verdict.counts else { return }
    let all = MeasureRequest(table: table, filter: filter, key: nil, parts: [Part(id: 0, range: .whole)])
    verdict.counts?.pending = max(0, try source.measure(all).totalRows - counts.source)
  }

  /// The table with the types that its values were loaded with, else those that they need now.
  private func typed(_ table: Table, _ facts: TableFacts, _ source: any SourceSession) throws -> Table {
    var result = table
    var known: Table? = facts.state?.sourceTable
    if known == nil, level == .content {
      let request = MeasureRequest(
        table: table, filter: facts.configuration.whereClauseCriteria, key: nil, parts: [Part(id: 0, range: .whole)],
        profiles: true)
      result.columns = try source.measure(request).columns ?? table.columns
      known = nil
    }
    for (index, column) in result.columns.enumerated() {
      guard let before = known?.column(column.name), before.declaredType == column.declaredType else { continue }
      result.columns[index].type = before.type
    }
    return result
  }

  /// What has been moved so far, for a table with a watermark.
  private func moved(_ facts: TableFacts, _ table: Table) -> Window? {
    guard facts.configuration.synchronization.strategy == .watermark, let reached = facts.state?.watermark,
      let bound = reached.bound
    else { return nil }
    return Window(column: reached.column, after: nil, through: bound, includesNull: true)
  }

  /// The parts that the state knows, which cover the table; one part where they do not.
  private func layout(_ facts: TableFacts) -> (PartitionKey?, [Part]) {
    guard let state = facts.state, let key = state.partitionKey, !state.parts.isEmpty,
      state.parts.allSatisfy({ $0.window == nil })
    else { return (nil, [Part(id: 0, range: .whole)]) }
    return (key, state.parts.map(\.part))
  }

  /// Positions of the columns that tell one row from another: those that the workflow names, else the primary key.
  private func identity(_ facts: TableFacts, _ table: Table, _ columns: [ColumnPlan]) throws -> [Int] {
    let asked = try planner.identity(facts.configuration, of: table)
    return asked.compactMap { name in columns.firstIndex { $0.source == name } }
  }
}
