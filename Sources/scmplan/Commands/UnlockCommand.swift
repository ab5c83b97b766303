import ArgumentParser
import Foundation
import Store

/// `scmplan unlock [ID]`: lists locks, or takes one away.
struct UnlockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unlock", abstract: "Shows who holds which workflow, or takes a lock away by its id.")

  @Argument(help: "The lock's id; without it, all locks are listed.")
  var id: String?

  @OptionGroup var shared: SharedOptions

  func run() throws {
    let store = try Workspace.store(shared)
    let json = try shared.report()
    if let id {
      let lock = try store.forceUnlock(id: id)
      json?.emit("unlocked", lock)
      shared.text.line("\(lock.name) is free; \(lock.who) held it for \(lock.operation).")
      return
    }
    let locks = try store.locks()
    for lock in locks { json?.emit("lock", lock) }
    guard !locks.isEmpty else { return shared.text.line("No workflow is locked.") }
    let now = currentMilliseconds()
    let rows = locks.map { lock in
      [
        lock.name, lock.who, lock.operation, "\(lock.pid)",
        lock.expires > now ? "heard of \(Numbers.duration(Double(now - lock.heartbeat) / 1000)) ago" : "ran out",
        lock.id,
      ]
    }
    shared.text.lines(Columns.table([["Workflow", "Holder", "For", "Process", "Alive", "Id"]] + rows))
  }
}
