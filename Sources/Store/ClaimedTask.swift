package import Plans
import SQL

/// A task in the hands of its owner: what it takes to do it, and to prove later that one still holds it.
package struct ClaimedTask: Hashable, Sendable {
  package var id: Int
  /// Which attempt this is, counted from 1; with the id and the owner it is the fence for every later call.
  package var attempt: Int
  package var kind: TaskKind
  package var run: Int
  package var workflow: String
  /// The identity of the run's plan; see ``Store/plan(_:)``.
  package var plan: String
  /// The table's place in the plan.
  package var table: Int
  /// Nil for tasks that concern a table as a whole.
  package var part: Int?
  /// Attempts that failed before this one; those that were rescued or given back do not count.
  package var failures: Int
  package var maxAttempts: Int
  package var leaseUntil: Milliseconds
  /// What the part's extraction staged; set for loads and removals only.
  package var staged: StagedPart?
}

/// What a task brought about, told when it is completed.
package enum TaskResult: Hashable, Sendable {
  case prepared
  case extracted(StagedPart)
  /// Rows that are in the target by its own count, rows that were deleted to make place, and whether an earlier attempt
  /// had done it: the ledger had the part.
  case loaded(rows: Int, deleted: Int, wasLoaded: Bool = false)
  /// Rows that are no longer in the target, and the part of the state that had them, where that is known.
  case removed(rows: Int, from: Int?)
  case finished

  var kind: TaskKind {
    switch self {
    case .prepared: .prepare
    case .extracted: .extract
    case .loaded: .load
    case .removed: .remove
    case .finished: .finish
    }
  }
}

/// One task as it is completed.
package struct TaskCompletion: Hashable, Sendable {
  package var task: Int
  package var attempt: Int
  package var result: TaskResult

  package init(task: Int, attempt: Int, result: TaskResult) {
    self.task = task
    self.attempt = attempt
    self.result = result
  }
}

/// Why an attempt failed.
package struct TaskFailure: Hashable, Codable, Sendable {
  /// SQLSTATE, the driver's number, or the module's own code.
  package var code: String
  /// The whole text; no secret, no row value.
  package var message: String
  /// Trying again may help.
  package var isTransient: Bool
  /// It is one of the attempts after which the task is given up. What only waited its turn, in vain for once, is none.
  package var costsAttempt: Bool

  package init(code: String, message: String, isTransient: Bool, costsAttempt: Bool = true) {
    self.code = code
    self.message = message
    self.isTransient = isTransient
    self.costsAttempt = costsAttempt
  }
}

/// What became of a task whose attempt failed or was given back.
package enum TaskFate: Hashable, Sendable {
  /// The caller no longer held the task; nothing was changed.
  case lost
  /// It will be tried again, not before this moment.
  case retry(at: Milliseconds)
  /// It failed for good; what depends on it was cancelled.
  case discarded
  /// Its run was cancelled.
  case cancelled
}

/// How far an owner is with one of its tasks.
package struct TaskProgress: Hashable, Sendable {
  package var task: Int
  package var attempt: Int
  package var rows: Int
  package var bytes: Int

  package init(task: Int, attempt: Int, rows: Int = 0, bytes: Int = 0) {
    self.task = task
    self.attempt = attempt
    self.rows = rows
    self.bytes = bytes
  }
}

/// What an owner learns from a heartbeat, by task id.
package struct HeartbeatReply: Hashable, Sendable {
  /// Tasks that belong to somebody else by now: stop, and write nothing more.
  package var lost: Set<Int>
  /// Tasks of paused runs: stop at the next good moment and release them.
  package var paused: Set<Int>
  /// Tasks of cancelled runs: stop and release them.
  package var cancelled: Set<Int>

  package init(lost: Set<Int> = [], paused: Set<Int> = [], cancelled: Set<Int> = []) {
    self.lost = lost
    self.paused = paused
    self.cancelled = cancelled
  }
}
