package import Store

/// How a run ended.
package struct RunSummary: Hashable, Sendable {
  /// A task that was given up.
  package struct Failure: Hashable, Sendable {
    package var task: RetryingTask
    package var table: TableProgressSummary
    /// First to last, each with its error.
    package var attempts: [AttemptRecord]
    /// The directory that keeps what was staged for the part; nil when nothing is kept.
    package var staged: String?
  }

  package var run: Run
  package var tables: [TableProgressSummary]
  package var failures: [Failure]
  /// Of tables whose parts were read as of more than one moment: how many parts of each moment, the newest last, by the
  /// table's place in the plan.
  package var mixed: [Int: [Int]]
  /// Milliseconds at work, pauses left out.
  package var worked: Int

  package var loadedParts: Int { run.counts.loadedParts }
  package var loadedRows: Int { run.counts.loadedRows }
  package var deletedRows: Int { run.counts.deletedRows }
  package var removedRows: Int { run.counts.removedRows }
  /// Bytes of staged files.
  package var bytes: Int { run.counts.extractedBytes }

  /// Source, files and target agree in number for every part of the run.
  ///
  /// Each part was compared when it was extracted and again when it was loaded, or it would not count as loaded; the sums
  /// are compared here once more.
  package var isCountedEqual: Bool {
    tables.allSatisfy { table in
      table.counts.loadedParts < table.counts.parts || table.counts.loadedRows == table.counts.extractedRows
    }
  }
}

extension RunSummary {
  /// Reads how a run ended, or stands, from the state. Blocks.
  ///
  /// - Parameters:
  ///   - stage: the stage's root, to tell where staged files were kept; nil when it is not on this machine.
  package init(run: Int, store: Store, stage: String?, now: Milliseconds) throws {
    let progress = try store.progress(run: run)
    let tables = Dictionary(progress.tables.map { ($0.index, $0) }) { first, _ in first }
    let folder = stage.map(StageFolder.init)
    self.run = progress.run
    self.tables = progress.tables
    mixed = try store.mixedSnapshots(run: run)
    worked = progress.run.worked(now: now)
    failures = try store.failures(run: run).compactMap { task in
      guard let table = tables[task.table] else { return nil }
      return Failure(
        task: task, table: table, attempts: try store.attempts(task: task.task),
        staged: task.kind == .load || task.kind == .remove
          ? task.part.flatMap { folder?.kept(run, task.table, $0) } : nil)
    }
  }
}
