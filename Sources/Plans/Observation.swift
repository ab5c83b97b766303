package import Catalogs

/// What the source was found to hold, between the two questions to the ``Planner``.
package struct Observation: Sendable {
  /// The table with the types that its values need.
  package var source: Table
  /// Columns of ``source`` in which no value was found, so that no value tells a type.
  package var emptyColumns: Set<String>
  package var layout: MeasuredLayout
  package var sizing: PartitionSizing
  /// Set for the watermark strategy.
  package var watermark: WatermarkFacts?
  /// Values of the watermark column that cut a large window, increasing, all above the last bound.
  package var windowCuts: [KeyValue]
  /// Keys that left the source, where they were looked for.
  package var removals: RemovalFindings?
  /// The query that extracts a part.
  package var extraction: String
  /// How the table can be read as of one moment.
  package var snapshot: Guarantee?

  package init(
    source: Table, layout: MeasuredLayout, sizing: PartitionSizing, watermark: WatermarkFacts? = nil,
    windowCuts: [KeyValue] = [], extraction: String = "", snapshot: Guarantee? = nil, emptyColumns: Set<String> = []
  ) {
    self.source = source
    self.emptyColumns = emptyColumns
    self.layout = layout
    self.sizing = sizing
    self.watermark = watermark
    self.windowCuts = windowCuts
    self.extraction = extraction
    self.snapshot = snapshot
  }
}
