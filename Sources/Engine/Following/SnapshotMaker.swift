package import Store

/// Turns counters into snapshots: adds rates and what is left, which need a look at earlier ones.
package struct SnapshotMaker: Sendable {
  private var rows: [Int: RateWindow] = [:]
  private var work: [Int: RateWindow] = [:]
  private var allRows = RateWindow()
  private var allBytes = RateWindow()
  private var allWork = RateWindow()

  package init() {}

  package mutating func snapshot(_ progress: RunProgress, service: RunSnapshot.Service, now: Milliseconds)
    -> RunSnapshot
  {
    let tables = progress.tables.map { table($0, progress, now: now) }
    var snapshot = RunSnapshot(
      run: progress.run, tables: tables, running: progress.running, retrying: progress.retrying, service: service,
      now: now)
    allRows.read(Double(snapshot.rows), at: now)
    allBytes.read(Double(snapshot.bytes), at: now)
    let total = tables.reduce(0) { $0 + Self.weight($1.summary) }
    let done = tables.reduce(0) { $0 + $1.fraction * Self.weight($1.summary) }
    allWork.read(done, at: now)
    guard !progress.run.isEnded else { return snapshot }
    snapshot.rowsPerSecond = allRows.perSecond
    snapshot.bytesPerSecond = allBytes.perSecond
    snapshot.secondsLeft = Self.left(total - done, allWork)
    return snapshot
  }

  private mutating func table(
    _ summary: TableProgressSummary, _ progress: RunProgress, now: Milliseconds
  ) -> TableSnapshot {
    let running = progress.running.filter { $0.table == summary.index }
    let extracting = running.filter { $0.kind == .extract }
    let counts = summary.counts
    var snapshot = TableSnapshot(
      summary: summary, phase: Self.phase(summary, running, progress.run),
      rows: counts.extractedRows + extracting.reduce(0) { $0 + $1.rows },
      bytes: counts.extractedBytes + extracting.reduce(0) { $0 + $1.bytes }, fraction: 0)
    snapshot.fraction = Self.fraction(snapshot)
    rows[summary.index, default: RateWindow()].read(Double(snapshot.rows), at: now)
    work[summary.index, default: RateWindow()].read(snapshot.fraction, at: now)
    if snapshot.phase == .moving {
      snapshot.rowsPerSecond = rows[summary.index]?.perSecond
      snapshot.secondsLeft = work[summary.index].flatMap { Self.left(1 - snapshot.fraction, $0) }
    }
    return snapshot
  }

  private static func phase(_ summary: TableProgressSummary, _ running: [RunningTask], _ run: Run)
    -> TableSnapshot.Phase
  {
    if summary.isFinished { return .done }
    if summary.counts.discardedTasks > 0 && (run.isEnded || summary.counts.openTasks == 0) { return .failed }
    if run.isEnded { return run.state == .cancelled ? .cancelled : .done }
    if running.contains(where: { $0.kind == .finish }) { return .finishing }
    if running.contains(where: { $0.kind == .prepare }) { return .preparing }
    return running.isEmpty && summary.counts.extractedParts == 0 ? .waiting : .moving
  }

  /// By rows where the plan knows them, else by parts.
  private static func fraction(_ table: TableSnapshot) -> Double {
    let counts = table.summary.counts
    if table.phase == .done { return 1 }
    guard counts.parts > 0 else { return 0 }
    guard counts.plannedRows > 0 else {
      return Double(counts.extractedParts + counts.loadedParts) / Double(2 * counts.parts)
    }
    let planned = Double(counts.plannedRows)
    let extracted = min(1, Double(table.rows) / planned)
    let loaded = min(1, Double(counts.loadedRows) / planned)
    return min(0.999, (extracted + loaded) / 2)
  }

  /// What a table counts for in the whole: its rows, or its parts where rows are unknown.
  private static func weight(_ summary: TableProgressSummary) -> Double {
    Double(max(summary.counts.plannedRows, summary.counts.parts, 1))
  }

  private static func left(_ remaining: Double, _ window: RateWindow) -> Double? {
    guard let rate = window.perSecond, rate > 0 else { return nil }
    return max(0, remaining) / rate
  }
}
