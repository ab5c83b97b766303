import Dispatch
import Foundation

/// The heartbeat of a session, on a thread of its own; ends with itself, with the session, or when that is lost.
final class KeepAlive: Sendable {
  private let stop = DispatchSemaphore(value: 0)

  init(_ session: SnowflakeSession, every interval: Int) {
    let stop = stop
    let thread = Thread { [weak session] in
      while stop.wait(timeout: .now() + .milliseconds(interval)) == .timedOut {
        // What fails for a while is tried again at the next beat; a lost session has none.
        guard let session, !session.isLost else { return }
        try? session.heartbeat()
      }
    }
    thread.start()
  }

  deinit {
    stop.signal()
  }
}
