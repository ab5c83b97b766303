import Catalogs
import Engine
import Extraction
import Loading
import Plans
import Synchronization

/// Where a test steps into the sessions of an engine.
final class Hooks: Sendable {
  typealias Report = (ExtractProgress) throws -> Void

  private struct State {
    var extract: @Sendable (ExtractRequest, Report) throws -> Void = { _, _ in }
    var load: @Sendable (LoadRequest) throws -> Void = { _ in }
    var extractions: [String] = []
    var loads: [String] = []
    var finishes = 0
    var tell: (@Sendable (RunReport) throws -> Void)?
  }

  private let state = Mutex(State())

  /// Called before each extraction.
  func onExtract(_ body: @escaping @Sendable (ExtractRequest, Report) throws -> Void) {
    state.withLock { $0.extract = body }
  }

  /// Called before each load.
  func onLoad(_ body: @escaping @Sendable (LoadRequest) throws -> Void) {
    state.withLock { $0.load = body }
  }

  /// Called with each account of a run; without it the target has no place for them.
  func onTell(_ body: @escaping @Sendable (RunReport) throws -> Void) {
    state.withLock { $0.tell = body }
  }

  fileprivate var reporter: (any RunReporter)? {
    state.withLock { $0.tell }.map(HookedReporter.init)
  }

  /// Stage prefixes of the extractions that ended well.
  var extractions: [String] { state.withLock { $0.extractions } }
  /// Table and part of the loads that put rows into the target.
  var loads: [String] { state.withLock { $0.loads } }
  var finishes: Int { state.withLock { $0.finishes } }

  var opener: any SessionOpener { Opener(hooks: self) }

  fileprivate func willExtract(_ request: ExtractRequest, _ report: Report) throws {
    try state.withLock { $0.extract }(request, report)
  }

  fileprivate func extracted(_ request: ExtractRequest) {
    state.withLock { $0.extractions.append(request.prefix) }
  }

  fileprivate func willLoad(_ request: LoadRequest) throws {
    try state.withLock { $0.load }(request)
  }

  fileprivate func loaded(_ request: LoadRequest, _ result: LoadResult) {
    guard !result.wasLoaded else { return }
    state.withLock { $0.loads.append("\(request.target.table)/\(request.part.id)") }
  }

  fileprivate func finished() {
    state.withLock { $0.finishes += 1 }
  }
}

private struct Opener: SessionOpener {
  var hooks: Hooks

  func source(_ endpoint: Endpoint) throws -> any SourceSession {
    HookedSource(session: try SQLiteSourceSession(path: endpoint.server), hooks: hooks)
  }

  func target(_ endpoint: Endpoint) throws -> any TargetSession {
    HookedTarget(session: SQLiteTargetSession(path: endpoint.server), hooks: hooks)
  }

  func reporter(_ endpoint: Endpoint) throws -> (any RunReporter)? { hooks.reporter }
}

/// A real source, with a test's steps in front of each extraction.
private final class HookedSource: SourceSession {
  let session: SQLiteSourceSession
  let hooks: Hooks

  init(session: SQLiteSourceSession, hooks: Hooks) {
    self.session = session
    self.hooks = hooks
  }

  var platform: SourcePlatform { session.platform }
  func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] { try session.tables(names) }
  func allTables() throws -> [Table] { try session.allTables() }
  func check(filter: String, of table: Table) throws { try session.check(filter: filter, of: table) }
  func snapshotGuarantee(for table: Table, parts: Int) -> Guarantee {
    session.snapshotGuarantee(for: table, parts: parts)
  }
  func boundaries(_ request: BoundaryRequest) throws -> [Bound] { try session.boundaries(request) }
  func measure(_ request: MeasureRequest) throws -> Measurement { try session.measure(request) }
  func watermark(_ request: WatermarkRequest) throws -> WatermarkFacts { try session.watermark(request) }
  func extractionQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) -> String {
    session.extractionQuery(table: table, columns: columns, filter: filter)
  }

  func extract(_ request: ExtractRequest, progress: (ExtractProgress) throws -> Void) throws -> StagedPart {
    try hooks.willExtract(request, progress)
    let staged = try session.extract(request, progress: progress)
    hooks.extracted(request)
    return staged
  }
}

/// A real target, with a test's steps in front of each load.
private final class HookedTarget: TargetSession {
  let session: SQLiteTargetSession
  let hooks: Hooks

  init(session: SQLiteTargetSession, hooks: Hooks) {
    self.session = session
    self.hooks = hooks
  }

  var platform: TargetPlatform { session.platform }
  func tables(_ names: [ObjectName]) throws -> [ObjectName: Table] { try session.tables(names) }
  func hasRows(_ name: ObjectName) throws -> Bool { try session.hasRows(name) }
  func rowCount(of name: ObjectName) throws -> Int { try session.rowCount(of: name) }
  func scan(
    _ name: ObjectName, columns: [ColumnPlan], _ row: ComparedRow, _ body: (RowMark) throws -> Void
  ) throws {
    try session.scan(name, columns: columns, row, body)
  }
  func scan(
    _ name: ObjectName, columns: [ColumnPlan], in parts: PartedScan, _ row: ComparedRow,
    _ body: (RowMark, Int) throws -> Void
  ) throws {
    try session.scan(name, columns: columns, in: parts, row, body)
  }
  func ledger(_ names: [ObjectName]) throws -> [ObjectName: LedgerFacts] { try session.ledger(names) }
  func check(_ request: TargetCheck, _ report: (CheckFinding) -> Void) { session.check(request, report) }

  func prepare(_ request: PrepareRequest) throws { try session.prepare(request) }

  func load(_ request: LoadRequest) throws -> LoadResult {
    try hooks.willLoad(request)
    let result = try session.load(request)
    hooks.loaded(request, result)
    return result
  }

  func finish(_ request: FinishRequest) throws {
    try session.finish(request)
    hooks.finished()
  }
}

/// Hands accounts of runs to a test.
private final class HookedReporter: RunReporter {
  let body: (RunReport) throws -> Void

  init(_ body: @escaping (RunReport) throws -> Void) {
    self.body = body
  }

  func tell(_ report: RunReport) throws { try body(report) }
}
