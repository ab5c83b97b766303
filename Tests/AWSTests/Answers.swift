import Support
import Synchronization

/// Replies to be given one after the other, the last one for good.
final class Answers: Sendable {
  private let left: Mutex<[ServerReply]>

  init(_ replies: [ServerReply]) { left = Mutex(replies) }

  func next() -> ServerReply { left.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
}
