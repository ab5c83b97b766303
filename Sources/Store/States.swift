/// Milliseconds since 1970-01-01 UTC: the one way in which the store keeps moments. Callers pass their clock's reading.
package typealias Milliseconds = Int

/// Where a run stands.
package enum RunState: String, Codable, Sendable, CaseIterable {
  /// Recorded, and no task was claimed yet.
  case pending
  case executing
  /// No task is given out until the run is resumed.
  case paused
  case completed
  case completedWithErrors = "completed with errors"
  /// No part was loaded and no table finished.
  case failed
  case cancelled
}

/// Where a task stands, in River's words.
package enum TaskState: String, Codable, Sendable, CaseIterable {
  /// Waits for other tasks of its run.
  case pending
  case available
  /// Available from a moment on.
  case scheduled
  case running
  /// Failed, and available again from a moment on.
  case retryable
  case completed
  /// Never to be run: its run was cancelled, or a task it needs was discarded.
  case cancelled
  /// Failed for good.
  case discarded
}

/// What a task does.
package enum TaskKind: String, Codable, Sendable, CaseIterable {
  /// Makes one table of the target ready for the run.
  case prepare
  /// Rows of one part into staged files.
  case extract
  /// Staged files of one part into the target.
  case load
  /// Takes rows out of the target whose keys are not among the staged ones of a part.
  case remove
  /// Ends a table's run once every part is in.
  case finish
}

/// How one attempt at a task ended.
package enum AttemptOutcome: String, Codable, Sendable, CaseIterable {
  case completed
  case failed
  /// Given back unfinished: the run was paused or the engine was told to stop.
  case released
  /// Taken away: the lease ran out or the owner's process was gone.
  case rescued
}
