package import Catalogs
package import Workflows

/// What is known of one table before any of its rows is read.
package struct TableFacts: Sendable {
  package var configuration: TableConfiguration
  package var sourceName: ObjectName
  package var targetName: ObjectName
  /// Nil when the source has no such table.
  package var source: Table?
  /// Nil when the target has no such table.
  package var target: Table?
  /// Whether the target has any row: asked for every table that exists, so that rows that vanished are noticed.
  package var targetHasRows: Bool
  package var fence: LedgerFence?
  /// What the ledger has of the fence's run; nil where it was not asked.
  package var ledgerRun: LedgerRun?
  /// The plan that the state has for the fence's run, by its identity; nil when the state does not know that run.
  package var knownPlan: String?
  /// Runs of the state that ended before all was done: their end need not be in the ledger.
  package var unfinishedRuns: Set<Int> = []
  package var state: TableState?
  /// The user asked for a reload with `--replace`.
  package var isReplaceAsked: Bool
  /// Why the source cannot split by a key, for those candidate keys that it cannot split by.
  package var obstacles: [PartitionKey: String]
  /// What the source has to say of the table, as warnings.
  package var remarks: [String] = []
  /// Parts of the table can be read in one snapshot of the source, over connections of their own.
  package var sharesSnapshots = false
  /// What the account said to the preconditions of an Iceberg table; nil where it was not asked.
  package var icebergChecks: [IcebergCheck]?

  package init(
    configuration: TableConfiguration, sourceName: ObjectName, targetName: ObjectName, source: Table?,
    target: Table?, targetHasRows: Bool, fence: LedgerFence?, state: TableState?, isReplaceAsked: Bool,
    obstacles: [PartitionKey: String] = [:], icebergChecks: [IcebergCheck]? = nil
  ) {
    self.configuration = configuration
    self.sourceName = sourceName
    self.targetName = targetName
    self.source = source
    self.target = target
    self.targetHasRows = targetHasRows
    self.fence = fence
    self.state = state
    self.isReplaceAsked = isReplaceAsked
    self.obstacles = obstacles
    self.icebergChecks = icebergChecks
  }
}

extension TableFacts {
  /// An Iceberg table that came to be without rows from a worker, and is there: what the catalog or the files bring later is
  /// not for a run to bring.
  package var isIcebergDone: Bool {
    configuration.target.icebergConfig?.strategy != nil && state != nil && target != nil && !isReplaceAsked
  }
}

/// What a table needs, as far as catalogs and state tell it: what to measure, and why it moves if it does.
package struct Assessment: Sendable, Hashable {
  package enum Basis: Sendable, Hashable {
    /// Nothing in the target counts: parts are cut anew and all of them load.
    case fresh(Action, Reason)
    /// The parts of the state stand; what changed moves.
    case incremental
  }

  package var basis: Basis
  package var key: PartitionKey?
  package var drift: [Drift]
  package var warnings: [String]
}

/// The parts of a table with what one pass found in each, and which remembered parts each takes the place of.
package struct MeasuredLayout: Sendable, Hashable {
  package var parts: [MeasuredPart]
  /// Rows the source counted for the table as a whole.
  package var totalRows: Int
  /// Nothing was counted: rows, bytes and digests are known when the run reads them (`--no-scan`).
  package var isUnknown: Bool

  package init(parts: [MeasuredPart], totalRows: Int, isUnknown: Bool = false) {
    self.parts = parts
    self.totalRows = totalRows
    self.isUnknown = isUnknown
  }
}

/// A part with what one pass found in it.
package struct MeasuredPart: Sendable, Hashable {
  package var part: Part
  package var rows: Int
  package var bytes: Int
  package var digest: RowDigest?
  /// Parts of the state that this one replaces; empty for a part that the state has, or that is new.
  package var replaces: [Int]
  /// Those of `replaces` that have no rows any more: other parts' rows in this one must not hide that.
  package var emptied: [Int]

  package init(
    part: Part, rows: Int, bytes: Int, digest: RowDigest?, replaces: [Int] = [], emptied: [Int] = []
  ) {
    self.part = part
    self.rows = rows
    self.bytes = bytes
    self.digest = digest
    self.replaces = replaces
    self.emptied = emptied
  }
}
