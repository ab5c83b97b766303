/// What went wrong in the engine itself: neither the source nor the target nor the state is to blame.
package struct EngineError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The configuration has no such connection, or it leads elsewhere than the plan says.
    case connectionMismatch = "connection mismatch"
    /// A connection lacks a setting.
    case settingMissing = "setting missing"
    /// A task does not fit its run's plan.
    case planMismatch = "plan mismatch"
    /// No engine could be started.
    case cannotStart = "cannot start"
    /// Engines were started again and again, and each ended at once.
    case keepsDying = "keeps dying"
    /// The stage cannot be written or cleared.
    case stageFailed = "stage failed"
    /// A part's rows differ between source, files and target.
    case countMismatch = "count mismatch"
  }

  package var code: Code
  /// Where: a connection, a task, a file.
  package var place: String
  /// What happened and what to do; no secret, no row value.
  package var message: String

  package init(_ code: Code, at place: String, _ message: String) {
    self.code = code
    self.place = place
    self.message = message
  }

  package var description: String { "\(place): \(message)" }
}
