package import Store

/// Why a running task must stop before its time.
package enum StopReason: String, Hashable, Sendable {
  /// It belongs to somebody else by now.
  case lost
  case paused
  case cancelled
  /// The engine was told to stop.
  case stopping
}

/// Keeps the leases of an engine's tasks: says when to send the next heartbeat and with what, and from the answers which
/// tasks must stop.
///
/// Knows no clock and sends nothing; moments are milliseconds. A task counts as held until the state says otherwise, or
/// until its lease ran out while the state could not be reached.
package struct LeaseKeeper: Sendable {
  /// A task that must stop now.
  package struct Stop: Hashable {
    package var task: Int
    package var attempt: Int
    package var reason: StopReason

    package init(task: Int, attempt: Int, reason: StopReason) {
      self.task = task
      self.attempt = attempt
      self.reason = reason
    }
  }

  package enum Action: Hashable {
    /// Send this, and report the answer.
    case beat([TaskProgress])
    /// Nothing before this moment; nil when no task is held.
    case wait(until: Milliseconds?)
  }

  private struct Held {
    var leaseUntil: Milliseconds
    var beaten: Milliseconds
    var progress: TaskProgress
    var isReported = true
    var stop: StopReason?
  }

  private let heartbeat: Int
  private let lease: Int
  private let report: Int
  private var held: [Int: Held] = [:]

  /// - Parameters:
  ///   - heartbeat: milliseconds between two heartbeats of a task.
  ///   - lease: milliseconds that a heartbeat keeps a task.
  ///   - report: milliseconds between two heartbeats when there is progress to tell.
  package init(heartbeat: Int, lease: Int, report: Int) {
    self.heartbeat = heartbeat
    self.lease = lease
    self.report = min(report, heartbeat)
  }

  package var isEmpty: Bool { held.isEmpty }

  /// The tasks in hand, each with its attempt.
  package var tasks: [TaskProgress] { held.values.map(\.progress).sorted { $0.task < $1.task } }

  /// A task was claimed.
  ///
  /// - Returns: the earlier attempt of the same task when it is still in hand: it was taken away unnoticed.
  package mutating func took(task: Int, attempt: Int, leaseUntil: Milliseconds, now: Milliseconds) -> Stop? {
    let before = held[task]
    held[task] = Held(
      leaseUntil: leaseUntil, beaten: now, progress: TaskProgress(task: task, attempt: attempt))
    return before.map { Stop(task: task, attempt: $0.progress.attempt, reason: .lost) }
  }

  /// A task is no longer in hand.
  package mutating func gave(task: Int, attempt: Int) {
    guard held[task]?.progress.attempt == attempt else { return }
    held[task] = nil
  }

  /// A task told how far it is.
  package mutating func progressed(_ progress: TaskProgress) {
    guard let known = held[progress.task], known.progress.attempt == progress.attempt, known.progress != progress
    else { return }
    held[progress.task]?.progress = progress
    held[progress.task]?.isReported = false
  }

  /// What to do at this moment.
  package mutating func next(now: Milliseconds) -> Action {
    guard !held.isEmpty else { return .wait(until: nil) }
    let due = held.values.map { $0.beaten + ($0.isReported ? heartbeat : report) }.min() ?? now
    guard due <= now else { return .wait(until: min(due, now + report)) }
    for task in held.keys {
      held[task]?.beaten = now
      held[task]?.isReported = true
    }
    return .beat(tasks)
  }

  /// A heartbeat that was sent at `sent` was answered.
  ///
  /// - Returns: tasks that must stop, each told once.
  package mutating func answered(_ reply: HeartbeatReply, to asked: [TaskProgress], sent: Milliseconds) -> [Stop] {
    var stops: [Stop] = []
    for progress in asked {
      guard let known = held[progress.task], known.progress.attempt == progress.attempt else { continue }
      let reason: StopReason? =
        reply.lost.contains(progress.task)
        ? .lost
        : reply.cancelled.contains(progress.task)
          ? .cancelled : reply.paused.contains(progress.task) ? .paused : nil
      if reason != .lost { held[progress.task]?.leaseUntil = sent + lease }
      guard let reason, known.stop == nil else { continue }
      held[progress.task]?.stop = reason
      stops.append(Stop(task: progress.task, attempt: progress.attempt, reason: reason))
    }
    return stops
  }

  /// A heartbeat could not be sent or was not answered.
  ///
  /// - Returns: tasks whose lease has run out by now: whoever else comes may have them.
  package mutating func unanswered(now: Milliseconds) -> [Stop] {
    held.filter { $0.value.leaseUntil <= now && $0.value.stop == nil }.map { task, known in
      held[task]?.stop = .lost
      return Stop(task: task, attempt: known.progress.attempt, reason: .lost)
    }.sorted { $0.task < $1.task }
  }
}
