/// How later runs find what changed (`synchronization`).
package struct Synchronization: Hashable, Codable, Sendable {
  package enum Strategy: String, Codable, Sendable, CaseIterable {
    /// Every part is reloaded.
    case none
    /// A part is reloaded when its checksum in the source changed.
    case checksum
    /// Rows beyond the last watermark are loaded.
    case watermark
  }

  package var strategy: Strategy
  /// The column that only grows, as written; present exactly with ``Strategy/watermark``.
  package var watermarkColumn: String?
  /// Rows that come again replace the row with their primary key. Watermark only.
  package var trackModifications: Bool
  /// Rows that left the source leave the target. Watermark only: the other strategies replace whole parts.
  package var trackDeletions: Bool
  /// How far below the last watermark a run reads again, to catch rows committed late. Watermark only.
  package var watermarkLag: WatermarkLag?
  package var onShrink: OnShrink

  package init(
    strategy: Strategy = .none, watermarkColumn: String? = nil, trackModifications: Bool = false,
    trackDeletions: Bool = false, watermarkLag: WatermarkLag? = nil, onShrink: OnShrink = .refuse
  ) {
    self.strategy = strategy
    self.watermarkColumn = watermarkColumn
    self.trackModifications = trackModifications
    self.trackDeletions = trackDeletions
    self.watermarkLag = watermarkLag
    self.onShrink = onShrink
  }
}

/// What becomes of a part that had rows and has none, or of a table that lost over half its rows.
package enum OnShrink: String, Codable, Sendable, CaseIterable {
  /// The plan refuses it: more often the source is wrong than the rows are gone.
  case refuse
  /// The target follows the source.
  case allow
}
