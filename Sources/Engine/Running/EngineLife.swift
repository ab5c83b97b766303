package import Store

/// Decides when an engine leaves by itself.
///
/// A service never does. A background engine leaves when there was nothing to do for a while; it first says so in the
/// state, looks once more, and stays when work has come meanwhile. Whoever hands over work records it first and looks for
/// engines then, so that one of the two always sees the other.
package struct EngineLife: Hashable, Sendable {
  package enum Action: Hashable {
    case stay
    /// Say in the state that the engine leaves, and ask ``confirm(hasWork:)``.
    case announce
  }

  private let patience: Int?
  private var idleSince: Milliseconds?

  package init(_ lifetime: EngineSettings.Lifetime) {
    switch lifetime {
    case .service: patience = nil
    case .untilIdle(let milliseconds): patience = milliseconds
    }
  }

  /// - Parameter hasWork: tasks are in hand, or a run is open that this engine may work on and that is not paused.
  package mutating func look(hasWork: Bool, now: Milliseconds) -> Action {
    guard let patience, !hasWork else {
      idleSince = nil
      return .stay
    }
    let since = idleSince ?? now
    // A clock that was set back starts the wait anew.
    idleSince = since > now ? now : since
    return now - since >= patience ? .announce : .stay
  }

  /// After the announcement: whether to leave.
  package mutating func confirm(hasWork: Bool) -> Bool {
    if hasWork { idleSince = nil }
    return !hasWork
  }
}
