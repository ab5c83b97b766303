import Dispatch
import Foundation

/// Hears the signals that ask a service to stop.
enum StopSignals {
  /// Calls `stop` for every SIGTERM and SIGINT, until the caller's task is cancelled; then they end the process again.
  static func watch(_ stop: @escaping @Sendable () -> Void) async {
    let signals = [SIGTERM, SIGINT]
    let sources = signals.map { number in
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler(handler: DispatchWorkItem(block: stop))
      source.activate()
      return source
    }
    await WakeUp().wait()
    for source in sources { source.cancel() }
    for number in signals { _ = signal(number, SIG_DFL) }
  }
}
