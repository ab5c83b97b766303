/// How many rows a removal may take.
package struct RemovalLimit: Hashable, Sendable {
  /// Rows that the plan saw gone; nil when it did not look.
  package var planned: Int?
  /// `onShrink` allows any number.
  package var isOff: Bool

  package init(planned: Int?, isOff: Bool) {
    self.planned = planned
    self.isOff = isOff
  }

  /// Judges a removal before it is committed: a source that was emptied since the plan was made must not empty the target.
  ///
  /// - Throws: ``LoadingError`` with code `shrank`.
  func judge(_ deleted: Int, of before: Int, place: String) throws(LoadingError) {
    guard !isOff, deleted > planned ?? 0, deleted > before - deleted else { return }
    let seen = planned.map { ", and the plan saw \($0)" } ?? ""
    throw LoadingError(
      .shrank, at: place,
      "\(deleted) of the part's \(before) rows left the source\(seen); nothing was changed. Make a new plan, which counts "
        + "them; if that is right, set synchronization.onShrink to \"allow\"")
  }
}
