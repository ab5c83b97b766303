package import HTTP
import Synchronization

/// Where a stage lies and what opens it, shared by all threads that move its files: one of them asks the server when the
/// credentials end, and the others take what it got.
package final class StageAccess: Sendable {
  /// The answer to the `PUT` or `GET` at hand, and the how manieth it is.
  struct Grant: Sendable {
    var number: Int
    var transfer: StageTransfer
  }

  private let current = Mutex<Grant?>(nil)
  /// Held while the server is asked.
  private let asking = Mutex(())
  private let ask: @Sendable (Cancellation?) throws(SnowflakeError) -> StageTransfer

  /// - Parameter ask: runs the `PUT` or `GET` statement.
  package init(_ ask: @escaping @Sendable (Cancellation?) throws(SnowflakeError) -> StageTransfer) {
    self.ask = ask
  }

  /// What is at hand, or the server's first answer.
  func grant(_ cancellation: Cancellation?) throws(SnowflakeError) -> Grant {
    try renewed(after: 0, cancellation)
  }

  /// Something newer than grant `number`: asked for by the first thread that comes, taken by those behind it.
  func renewed(after number: Int, _ cancellation: Cancellation?) throws(SnowflakeError) -> Grant {
    if let grant = newer(than: number) { return grant }
    return try asking.withLock { _ throws(SnowflakeError) in
      if let grant = newer(than: number) { return grant }
      let grant = Grant(number: number + 1, transfer: try ask(cancellation))
      current.withLock { $0 = grant }
      return grant
    }
  }

  private func newer(than number: Int) -> Grant? {
    current.withLock { grant in grant.flatMap { $0.number > number ? $0 : nil } }
  }
}
