package import Store

/// The way of one claimed task from claim to end, step by step.
///
/// Each function takes what happened and returns what to do next. No clock, no input or output: the engine carries the
/// actions out, and a test can stop between any two of them.
package struct AttemptSteps: Hashable, Sendable {
  package enum Action: Hashable, Sendable {
    /// Do what the task is there for, and report with `worked`.
    case work
    /// Tell the state, and report with `completed`.
    case complete(TaskResult)
    /// Tell the state, and report with `settled`.
    case fail(TaskFailure, retryAt: Milliseconds)
    /// Have the part extracted again, and report with `settled`.
    case restage(TaskFailure)
    /// Give the task back, and report with `settled`.
    case release
    /// Remove all staged files of the part: they are in the target.
    case clearPart(then: Outcome)
    /// Remove the files this attempt staged: nobody knows of them.
    case clearAttempt(then: Outcome)
    case end(Outcome)
  }

  /// How the work itself ended.
  package enum Ending: Hashable, Sendable {
    case done(TaskResult)
    case failed(TaskFailure)
    /// The staged files are missing or damaged: loading them again cannot help.
    case filesGone(TaskFailure)
    case interrupted(StopReason)
  }

  /// What became of the attempt.
  package enum Outcome: Hashable, Sendable {
    case completed
    /// Somebody else has the task; nothing of ours counts.
    case lost
    case retry(at: Milliseconds)
    case discarded
    case cancelled
  }

  private let kind: TaskKind
  private let failures: Int
  private let policy: RetryPolicy

  package init(_ task: ClaimedTask, policy: RetryPolicy) {
    self.init(kind: task.kind, failures: task.failures, policy: policy)
  }

  package init(kind: TaskKind, failures: Int, policy: RetryPolicy) {
    self.kind = kind
    self.failures = failures
    self.policy = policy
  }

  package func begin() -> Action { .work }

  package func worked(_ ending: Ending, now: Milliseconds, using random: inout some RandomNumberGenerator) -> Action {
    switch ending {
    case .done(let result): .complete(result)
    case .failed(let failure):
      .fail(failure, retryAt: now + policy.delay(failures: failures, using: &random))
    case .filesGone(let failure): .restage(failure)
    // Telling the state that a lost task is given back would be refused: it is not ours to give.
    case .interrupted(.lost): ended(.lost)
    case .interrupted: .release
    }
  }

  /// - Parameter isHeld: the state took the result; when not, somebody else has the task.
  package func completed(isHeld: Bool) -> Action {
    guard isHeld else { return ended(.lost) }
    return kind == .load || kind == .remove ? .clearPart(then: .completed) : .end(.completed)
  }

  package func settled(_ fate: TaskFate) -> Action {
    switch fate {
    case .lost: ended(.lost)
    case .retry(let at): ended(.retry(at: at))
    case .discarded: ended(.discarded)
    case .cancelled: ended(.cancelled)
    }
  }

  /// An extraction that did not complete leaves files that nobody will read; those of a load are kept for the next try.
  private func ended(_ outcome: Outcome) -> Action {
    kind == .extract ? .clearAttempt(then: outcome) : .end(outcome)
  }
}
