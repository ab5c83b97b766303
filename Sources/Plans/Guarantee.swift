package import Workflows

/// What a plan promises about the rows it moves, and what it does not.
package struct Guarantee: Hashable, Codable, Sendable {
  package enum Class: String, Codable, Sendable {
    /// Nothing committed before the plan is missed.
    case exact
    /// Nothing is missed that was committed within the lag.
    case lagBounded = "lag-bounded"
    /// Rows committed late may be missed; the text says which.
    case bestEffort = "best effort"
  }

  package var `class`: Class
  /// One line for the reader of the plan: what the class rests on, or what may be missed and how to bound it.
  package var text: String

  package init(_ `class`: Class, _ text: String) {
    self.class = `class`
    self.text = text
  }
}

extension Guarantee {
  /// Parts that are read over several connections in one snapshot of the source.
  ///
  /// - Parameter isRefresh: only some of the table's parts are read; the others stay as they were.
  package static func sharedSnapshot(_ mode: SnapshotMode, isRefresh: Bool) -> Guarantee {
    let lost =
      mode == .required
      ? "nothing is loaded before all is extracted, and a snapshot that is lost on the way begins anew"
      : "a snapshot that is lost on the way is followed by a later one, and the run says so"
    let rest = isRefresh ? "; parts that change only after this plan are moved by the next one" : ""
    return Guarantee(.exact, "all parts are read in one snapshot that the connections share: \(lost)\(rest)")
  }
}
