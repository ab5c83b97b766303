/// Where a watermark synchronisation stands.
package struct WatermarkState: Hashable, Codable, Sendable {
  /// Source column name.
  package var column: String
  /// Every row up to this value has been moved; nil when the table had none.
  package var bound: KeyValue?
  /// The rows that equalled the bound before they were moved: more of them later are ties that came after.
  package var ties: RowDigest?

  package init(column: String, bound: KeyValue?, ties: RowDigest?) {
    self.column = column
    self.bound = bound
    self.ties = ties
  }
}
