/// How rows leave the source (`extraction`).
package struct ExtractionStrategy: Hashable, Codable, Sendable {
  package enum Strategy: String, Codable, Sendable, CaseIterable {
    /// Rows flow through a worker.
    case regular
    /// Redshift writes Parquet files to S3 by itself.
    case unload
  }

  package var strategy: Strategy
  /// The Snowflake stage over the bucket that ``Strategy/unload`` writes to; present exactly then.
  package var externalStage: String?

  package init(strategy: Strategy = .regular, externalStage: String? = nil) {
    self.strategy = strategy
    self.externalStage = externalStage
  }
}
