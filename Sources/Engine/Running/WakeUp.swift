import Synchronization

/// A bell between two parts of one process: one waits, others ring.
///
/// A ring that comes while nobody waits is kept, so that none is missed between looking for work and waiting for it.
/// One task waits at a time.
package final class WakeUp: Sendable {
  private struct State {
    var isRung = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  package func wake() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.isRung = true }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Returns when the bell rings, when the time is over, or when the caller's task is cancelled.
  package func wait(milliseconds: Int) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await Task.sleep(for: .milliseconds(milliseconds)) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Returns when the bell rings, or when the caller's task is cancelled.
  package func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isRung || Task.isCancelled {
            state.isRung = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }?.resume()
    }
  }
}
