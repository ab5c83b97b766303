/// One part that moves.
package struct PartChange: Hashable, Codable, Sendable {
  package var part: Part
  package var reason: Reason
  /// Rows that move or, of a removal, leave the target, counted at plan time; nil when only the run will know (`--no-scan`).
  package var rows: Int?
  /// Bytes of those rows in the source, about; nil when unknown.
  package var bytes: Int?
  /// Content of the part when the plan was made; kept in the state once the part is loaded.
  package var digest: RowDigest?
  /// Set when a watermark limits the rows that move.
  package var window: Window?
  package var method: LoadMethod
  /// Parts of the state whose place this one takes.
  package var replaces: [Int]
  /// Of a removal: the part of the state whose rows it takes; nil where that may be any.
  package var takesFrom: Int?

  package init(
    part: Part, reason: Reason, rows: Int?, bytes: Int?, digest: RowDigest? = nil, window: Window? = nil,
    method: LoadMethod, replaces: [Int] = [], takesFrom: Int? = nil
  ) {
    self.part = part
    self.reason = reason
    self.rows = rows
    self.bytes = bytes
    self.digest = digest
    self.window = window
    self.method = method
    self.replaces = replaces
    self.takesFrom = takesFrom
  }
}
