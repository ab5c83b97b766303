import Dispatch
import Foundation
import Synchronization

/// Hears Ctrl-C, so that a command can end in order; a second one ends the process at once.
final class Interrupt: Sendable {
  private let count = Mutex(0)
  nonisolated(unsafe) private let source: any DispatchSourceSignal

  init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { [weak self] in
      guard let self else { return }
      let raised = count.withLock {
        $0 += 1
        return $0
      }
      if raised > 1 { exit(ExitStatus.interrupted.rawValue) }
    }
    source.resume()
  }

  var wasRaised: Bool { count.withLock { $0 > 0 } }

  func stop() {
    source.cancel()
    signal(SIGINT, SIG_DFL)
  }
}
