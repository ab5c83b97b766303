import Engine
import Foundation
import Store

/// Holds a workflow's lock while a command decides and submits, and keeps it alive from a thread of its own.
final class WorkflowLock {
  private let store: Store
  private let lock: LockInfo
  private let timer: any DispatchSourceTimer

  /// Waits up to `timeout` seconds for the lock.
  ///
  /// - Throws: `StoreError` with code `locked`, telling who holds it.
  init(_ workflow: String, for operation: String, in store: Store, timeout: Double) throws {
    let process = ProcessIdentity.current
    let request = LockInfo(
      name: workflow, id: UUID().uuidString.lowercased(), who: "\(NSUserName())@\(process.host)", host: process.host,
      pid: process.pid, processStart: process.start, operation: operation)
    lock = try Self.acquire(request, in: store, timeout: timeout)
    self.store = store
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "scmplan.lock"))
    timer.schedule(deadline: .now() + 5, repeating: 5)
    let (name, id) = (lock.name, lock.id)
    timer.setEventHandler { try? store.heartbeatLock(name: name, id: id, now: currentMilliseconds()) }
    timer.resume()
    self.timer = timer
  }

  func release() {
    timer.cancel()
    try? store.releaseLock(name: lock.name, id: lock.id)
  }

  private static func acquire(_ request: LockInfo, in store: Store, timeout: Double) throws -> LockInfo {
    let deadline = Date(timeIntervalSinceNow: timeout)
    while true {
      do {
        return try store.acquireLock(request, now: currentMilliseconds()) { holder in
          ProcessIdentity(host: holder.host, pid: holder.pid, start: holder.processStart).isAlive
        }
      } catch let error as StoreError where error.code == .locked && Date() < deadline {
        Thread.sleep(forTimeInterval: 0.25)
      }
    }
  }
}
