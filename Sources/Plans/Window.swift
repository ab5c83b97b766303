/// The rows that a watermark synchronisation moves: `after < column <= through`.
package struct Window: Hashable, Codable, Sendable {
  /// Source column name.
  package var column: String
  /// Open below when nil.
  package var after: KeyValue?
  /// Rows that equal `after` are in: their number changed since the window before was closed, or the lag reaches back.
  package var includesAfter: Bool
  package var through: KeyValue
  /// Rows whose watermark is NULL are in: only a first load takes them.
  package var includesNull: Bool

  package init(
    column: String, after: KeyValue?, includesAfter: Bool = false, through: KeyValue, includesNull: Bool = false
  ) {
    self.column = column
    self.after = after
    self.includesAfter = includesAfter
    self.through = through
    self.includesNull = includesNull
  }
}
