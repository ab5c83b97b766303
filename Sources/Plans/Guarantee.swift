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
