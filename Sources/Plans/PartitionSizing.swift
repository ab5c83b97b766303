package import Workflows

/// How many rows a part of one table should have.
package struct PartitionSizing: Hashable, Sendable {
  /// What new parts aim at.
  package var rowsPerPart: Int
  /// No part may have more, unless a single key value has; nil where the size is an aim and no limit.
  package var limit: Int?

  /// A part with more rows than this is split.
  package var splitAbove: Int { limit ?? rowsPerPart * 2 }
  /// Two neighbours with fewer rows than this together become one.
  package var mergeBelow: Int { rowsPerPart / 4 }

  /// The sizing that `size` asks for in a table of about `rows` rows and `bytes` bytes.
  ///
  /// `auto` aims at 64 MB or half a million rows, whichever comes first, where rows pass through a worker; at 1 GB where
  /// the source writes files by itself; and at 16 MB or 100,000 rows under `checksum`, so that a change moves little. A
  /// table has at most 1,000 parts, 10,000 from 100 GB on.
  package init(
    _ size: PartitionSize, rows: Int, bytes: Int?, extraction: ExtractionStrategy.Strategy,
    synchronization: Synchronization.Strategy
  ) {
    let rowBytes = max(1, (bytes ?? rows * 100) / max(1, rows))
    switch size {
    case .maxRowsPerPartition(let most):
      rowsPerPart = most
      limit = most
    case .targetSizeMb(let megabytes):
      rowsPerPart = max(1, (megabytes << 20) / rowBytes)
    case .auto:
      let aim: (bytes: Int, rows: Int) =
        switch (extraction, synchronization) {
        case (.unload, _): (1 << 30, .max)
        case (.regular, .checksum): (16 << 20, 100_000)
        case (.regular, _): (64 << 20, 500_000)
        }
      let most = (bytes ?? 0) >= 100 << 30 ? 10_000 : 1_000
      rowsPerPart = max(min(aim.bytes / rowBytes, aim.rows), 1, rows / most)
    }
  }
}
