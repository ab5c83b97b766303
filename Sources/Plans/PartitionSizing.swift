package import Workflows

/// How many rows a part of one table should have.
package struct PartitionSizing: Hashable, Sendable {
  /// What new parts aim at.
  package var rowsPerPart: Int
  /// No part may have more, unless a single key value has; nil where the size is an aim and no limit.
  package var limit: Int?

  /// A part with more rows than this is split.
  package var splitAbove: Int { limit ?? rowsPerPart.multipliedClamped(by: 2) }
  /// Neighbours with fewer rows than this together become one; empty ones always do.
  package var mergeBelow: Int { max(1, rowsPerPart / 4) }

  /// The sizing that `size` asks for in a table of about `rows` rows and `bytes` bytes.
  ///
  /// `auto` aims at 64 MB or half a million rows, whichever comes first, where rows pass through a worker; at 1 GB where
  /// the source writes files by itself; and at 16 MB or 100,000 rows under `checksum`, so that a change moves little. A
  /// table is cut in at most 1,000 parts, 10,000 from 100 GB on. Sizes that are not known, of no rows, or beyond 64 bits are
  /// taken for what they most likely are, never for a part of one row or none.
  ///
  /// - Parameter bytes: The rows' bytes by statistics or by measure; nil when unknown, which counts 100 bytes a row.
  package init(
    _ size: PartitionSize, rows: Int, bytes: Int?, extraction: ExtractionStrategy.Strategy,
    synchronization: Synchronization.Strategy
  ) {
    let rowBytes = if let bytes, rows > 0 { max(1, bytes / rows) } else { 100 }
    switch size {
    case .maxRowsPerPartition(let most):
      rowsPerPart = max(1, most)
      limit = rowsPerPart
    case .targetSizeMb(let megabytes):
      rowsPerPart = max(1, megabytes.multipliedClamped(by: 1 << 20) / rowBytes)
    case .auto:
      let aim: (bytes: Int, rows: Int) =
        switch (extraction, synchronization) {
        case (.unload, _): (1 << 30, .max)
        case (.regular, .checksum): (16 << 20, 100_000)
        case (.regular, _): (64 << 20, 500_000)
        }
      let most = (bytes ?? 0) >= 100 << 30 ? 10_000 : 1_000
      rowsPerPart = max(min(aim.bytes / rowBytes, aim.rows), 1, (max(0, rows) - 1) / most + 1)
    }
  }
}

extension Int {
  /// The product, or the largest number where there is none.
  fileprivate func multipliedClamped(by factor: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}
