import Faults
import Loading
import Logging
import Store

/// A line of work that does one task at a time on a thread of its own.
protocol Lane: Actor {
  func carryOut(_ task: ClaimedTask) async
}

extension EngineContext {
  /// Takes a task from claim to end: does the work, tells the state what came of it, tidies up.
  ///
  /// Blocks. A state that cannot be told is asked again a few times; after that the task is left to its lease, and whoever
  /// has it next finds in the target's ledger, or in the stage, how far it got.
  func carryOut(_ task: ClaimedTask, work: (TaskControl) throws -> TaskResult) {
    let control = desk.begin(task, now: clock.now())
    defer { desk.end(control) }
    let steps = AttemptSteps(task, policy: settings.retries)
    var random = SystemRandomNumberGenerator()
    var action = steps.begin()
    while true {
      // The plan is read by the work itself: the table has a name from then on.
      let logger = log(task)
      do {
        switch action {
        case .work:
          action = steps.worked(ending(task, control, work), now: clock.now(), using: &random)
        case .complete(let result):
          action = steps.completed(isHeld: try complete(task, result, logger))
        case .fail(let failure, let retryAt):
          logger.warning("\(failure.code): \(failure.message)")
          let fate = try persistently {
            try store.fail(
              task: task.id, attempt: task.attempt, owner: id, failure: failure, retryAt: retryAt, now: clock.now())
          }
          action = steps.settled(fate)
        case .restage(let failure):
          logger.warning("\(failure.code): \(failure.message)")
          let fate = try persistently {
            try store.restage(task: task.id, attempt: task.attempt, owner: id, failure: failure, now: clock.now())
          }
          action = steps.settled(fate)
        case .release:
          let fate = try persistently {
            try store.release(task: task.id, attempt: task.attempt, owner: id, now: clock.now())
          }
          action = steps.settled(fate)
        case .clearPart(let outcome):
          if let part = task.part { tidy(logger) { try stage.remove(task.run, task.table, part) } }
          action = .end(outcome)
        case .clearAttempt(let outcome):
          if let part = task.part { tidy(logger) { try stage.remove(task.run, task.table, part, task.attempt) } }
          action = .end(outcome)
        case .end(let outcome):
          report(task, outcome)
          return
        }
      } catch {
        logger.error("the state cannot be told; the task is left to its lease: \(TaskFailure(error).message)")
        return
      }
    }
  }

  private func ending(
    _ task: ClaimedTask, _ control: TaskControl, _ work: (TaskControl) throws -> TaskResult
  ) -> AttemptSteps.Ending {
    do {
      let result = try work(control)
      try reach(before: task.kind)
      return .done(result)
    } catch let interruption as Interruption {
      return .interrupted(interruption.reason)
    } catch let error as LoadingError where error.code == .fileMissing || error.code == .fileDamaged {
      return .filesGone(TaskFailure(error))
    } catch {
      return .failed(TaskFailure(error))
    }
  }

  private func complete(_ task: ClaimedTask, _ result: TaskResult, _ logger: Logger) throws -> Bool {
    let isHeld = try persistently {
      try store.complete(
        TaskCompletion(task: task.id, attempt: task.attempt, result: result), owner: id, now: clock.now())
    }
    do {
      try reach(after: task.kind)
    } catch {
      logger.warning("\(TaskFailure(error).message), after the task was complete")
    }
    return isHeld
  }

  private func reach(before kind: TaskKind) throws {
    switch kind {
    case .extract: try FaultPoint.reach(.extractBeforeComplete)
    case .load, .remove: try FaultPoint.reach(.loadBeforeComplete)
    case .prepare, .finish: break
    }
  }

  private func reach(after kind: TaskKind) throws {
    switch kind {
    case .extract: try FaultPoint.reach(.extractAfterComplete)
    case .load, .remove: try FaultPoint.reach(.loadAfterComplete)
    case .prepare, .finish: break
    }
  }

  /// Tries again while the state is busy; each try waits for the state's own time limit.
  private func persistently<T>(_ call: () throws -> T) throws -> T {
    for _ in 0..<3 {
      do {
        return try call()
      } catch let error as StoreError where error.isTransient {
        logger.warning("\(error.message)")
      }
    }
    return try call()
  }

  private func tidy(_ logger: Logger, _ work: () throws -> Void) {
    do {
      try work()
    } catch {
      logger.warning("\(TaskFailure(error).message)")
    }
  }

  /// Rings for whoever has something to do because of this.
  private func report(_ task: ClaimedTask, _ outcome: AttemptSteps.Outcome) {
    let logger = log(task)
    switch outcome {
    case .completed:
      logger.debug("completed")
      switch task.kind {
      case .prepare:
        worker.wake()
        orchestrator.wake()
      case .extract, .load, .remove: orchestrator.wake()
      case .finish: break
      }
    case .lost: logger.warning("the task went to somebody else; what this attempt did does not count")
    case .retry(let at): logger.info("tried again in \(max(0, at - clock.now())) ms at the earliest")
    case .discarded: logger.error("given up")
    case .cancelled: logger.info("cancelled")
    }
    steward.wake()
  }
}
