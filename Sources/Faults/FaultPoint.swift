#if FAULT_POINTS
  import Foundation
  import Synchronization
#endif

/// Places where a test may end, stop or fail the process, so that every durable step can be proven to survive it.
///
/// Debug builds only: a release build contains no fault point. `SCMPLAN_FAULT="name[@n]=kill|stop|exit|error"` arms one
/// point for its n-th reaching (the first when no number is given): `kill` and `stop` send SIGKILL or SIGSTOP to the
/// process itself, `exit` ends it with status 70, and `error` throws ``FaultError``. With `SCMPLAN_FAULT_LOG=FILE` a
/// fault that fires first appends the line `name@n=action pid` to the file, so that a test can prove that it fired.
package enum FaultPoint {
  package enum Name: String, CaseIterable, Sendable {
    case planBeforeSave = "plan.before-save"
    case planAfterSave = "plan.after-save"
    case submitBeforeCommit = "store.submit.before-commit"
    case submitAfterCommit = "store.submit.after-commit"
    case claimAfter = "task.claim.after"
    case prepareBeforeCommit = "prepare.before-commit"
    case prepareAfterCommit = "prepare.after-commit"
    case extractAfterFile = "extract.after-file"
    case extractAfterCount = "extract.after-count"
    case extractBeforeComplete = "extract.before-complete"
    case extractAfterComplete = "extract.after-complete"
    case loadBeforeBegin = "load.before-begin"
    case loadAfterDelete = "load.after-delete"
    case loadAfterInsert = "load.after-insert"
    case loadBeforeCommit = "load.before-commit"
    case loadAfterCommit = "load.after-commit"
    case loadBeforeComplete = "load.before-complete"
    case loadAfterComplete = "load.after-complete"
    case finishBeforeCommit = "finish.before-commit"
    case finishAfterCommit = "finish.after-commit"
    case runBeforeEnd = "run.before-end"
    case runAfterEnd = "run.after-end"
  }

  #if FAULT_POINTS
    /// Called at every point that the current task reaches, for tests that play engines within their own process.
    @TaskLocal package static var observer: (@Sendable (Name) throws -> Void)?

    /// Does what `SCMPLAN_FAULT` says for this point, if anything.
    ///
    /// - Throws: ``FaultError`` when the armed action is `error`, and what ``observer`` throws.
    package static func reach(_ name: Name) throws {
      try observer?(name)
      try armed?.reach(name)
    }

    private static let armed = ArmedFault(
      ProcessInfo.processInfo.environment["SCMPLAN_FAULT"] ?? "",
      log: ProcessInfo.processInfo.environment["SCMPLAN_FAULT_LOG"])
  #else
    /// Nothing: fault points exist in debug builds only.
    @inlinable
    package static func reach(_ name: Name) throws {}
  #endif
}

/// The error of a fault point that was armed with `error`.
package struct FaultError: Error, CustomStringConvertible {
  package var name: FaultPoint.Name

  package init(name: FaultPoint.Name) {
    self.name = name
  }

  package var description: String { "fault point \(name.rawValue) was reached" }
}

#if FAULT_POINTS
  /// The one fault that a process is armed with.
  package final class ArmedFault: Sendable {
    package enum Action: String, Sendable {
      case kill, stop, exit, error
    }

    package let name: FaultPoint.Name
    /// The reaching that fires, counted from 1.
    package let count: Int
    package let action: Action
    private let log: String?
    private let reached = Mutex(0)

    /// Nil when `text` names no point or action, so that an empty variable arms nothing.
    package init?(_ text: String, log: String?) {
      let sides = text.split(separator: "=")
      guard sides.count == 2, let action = Action(rawValue: String(sides[1])) else { return nil }
      let target = sides[0].split(separator: "@")
      guard let first = target.first, let name = FaultPoint.Name(rawValue: String(first)) else { return nil }
      guard target.count <= 2, let count = target.count == 2 ? Int(target[1]) : 1, count > 0 else { return nil }
      self.name = name
      self.count = count
      self.action = action
      self.log = log
    }

    package func reach(_ name: FaultPoint.Name) throws {
      guard name == self.name else { return }
      let now = reached.withLock {
        $0 += 1
        return $0
      }
      guard now == count else { return }
      record()
      switch action {
      case .kill: _ = Foundation.kill(getpid(), SIGKILL)
      case .stop: _ = Foundation.kill(getpid(), SIGSTOP)
      case .exit: Foundation._exit(70)
      case .error: throw FaultError(name: name)
      }
    }

    /// One write, so that lines of processes that fire together stay whole.
    private func record() {
      guard let log else { return }
      let descriptor = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return }
      let line = Array("\(name.rawValue)@\(count)=\(action.rawValue) \(getpid())\n".utf8)
      _ = write(descriptor, line, line.count)
      _ = close(descriptor)
    }
  }
#endif
