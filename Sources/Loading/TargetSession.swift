package import Catalogs
package import Plans
package import Workflows

/// One connection to a target: reads its catalog and ledger, prepares tables, loads parts, finishes tables.
///
/// Every target has the same shape; adding one is one folder with the same file names as its siblings. Calls block, and
/// belong to one thread at a time.
package protocol TargetSession: AnyObject {
  var platform: TargetPlatform { get }

  /// Tells the session whose it is, so that what dead engines left open in the target can be told from what is at work.
  func introduce(_ presence: Presence)

  /// The tables that exist among `names`; the result's keys are the names asked for.
  func tables(_ names: [ObjectName]) throws -> [ObjectName: Table]

  /// Whether a table has rows, by the cheapest question.
  func hasRows(_ name: ObjectName) throws -> Bool

  /// The number of the table's rows, by the target's own count; 0 where there is no table.
  func rowCount(of name: ObjectName) throws -> Int

  /// Hands over the mark of every row of a table, in no order, all as of one moment; `row` has its values until the next.
  ///
  /// - Parameter columns: what is read of each row, as the types of the plan.
  /// - Throws: an error of the target; what `body` throws.
  func scan(
    _ name: ObjectName, columns: [ColumnPlan], _ row: ComparedRow, _ body: (RowMark) throws -> Void) throws

  /// Hands over the mark of every row of some parts of a table with the part's position among ``PartedScan/parts``, all as of
  /// one moment.
  func scan(
    _ name: ObjectName, columns: [ColumnPlan], in parts: PartedScan, _ row: ComparedRow,
    _ body: (RowMark, Int) throws -> Void) throws

  /// Whether rows can be asked for; a target that is known from files alone has none.
  var hasContent: Bool { get }

  /// Hands over the marks of the rows in some ranges of their keys' marks, as ``scan(_:columns:_:_:)`` hands over all.
  ///
  /// - Parameter key: positions of the columns that tell one row from another; empty for all.
  func scan(
    _ name: ObjectName, columns: [ColumnPlan], key: [Int], buckets: Set<Int>, _ row: ComparedRow,
    _ body: (RowMark) throws -> Void) throws

  /// The digests of a table's rows by ranges of their keys' marks, made by the target next to its rows in one scan: those
  /// that the marks of ``scan(_:columns:_:_:)`` add up to. Nil where the target cannot promise that.
  func digests(_ name: ObjectName, columns: [ColumnPlan], key: [Int]) throws -> [Int: RowDigest]?

  /// Whether values of the column can be compared with the source's; some systems keep them in a form of their own.
  func isComparable(_ column: ColumnPlan) -> Bool

  /// The ledger's fence and the entries of one run for each table; tables the ledger does not know are absent.
  func ledger(_ names: [ObjectName]) throws -> [ObjectName: LedgerFacts]

  /// Tries what preparing and loading tables will need, and leaves no trace. What goes wrong is a finding, handed over as
  /// soon as it is there.
  func check(_ request: TargetCheck, _ report: (CheckFinding) -> Void)

  /// The checks with what the account says to each, in their order; as they are where no account can be asked.
  func answer(_ checks: [IcebergCheck]) throws -> [IcebergCheck]

  /// Why files below `place` cannot be loaded through a stage of the user's; nil where they can, or nobody can be asked.
  func obstacle(toStage stage: String, below place: String) throws -> String?

  /// Makes a table ready for a run: takes the fence, then runs the plan's statements and readies the rebuild, in one
  /// transaction where the target allows it. Done twice, it changes nothing the second time.
  ///
  /// - Throws: ``LoadingError`` with code `fenced` when the ledger is not where the plan saw it.
  func prepare(_ request: PrepareRequest) throws

  /// Loads one part exactly once, in one transaction with its ledger entry; a part that the ledger already has from
  /// this run is left alone and reported as it was loaded.
  func load(_ request: LoadRequest) throws -> LoadResult

  /// Ends a table's run: a rebuilt table takes the old one's place. Done twice, it changes nothing the second time.
  ///
  /// - Throws: ``LoadingError`` with code `partsMissing` when the ledger lacks a part of the run.
  func finish(_ request: FinishRequest) throws
}

extension TargetSession {
  /// The locks of a target without a server end with the process that has them.
  package func introduce(_ presence: Presence) {}

  package func answer(_ checks: [IcebergCheck]) throws -> [IcebergCheck] { checks }

  package var hasContent: Bool { true }

  package func isComparable(_ column: ColumnPlan) -> Bool { true }

  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], key: [Int], buckets: Set<Int>, _ row: ComparedRow,
    _ body: (RowMark) throws -> Void
  ) throws {
    try scan(name, columns: columns, row) { if buckets.contains($0.bucket) { try body($0) } }
  }

  package func digests(_ name: ObjectName, columns: [ColumnPlan], key: [Int]) throws -> [Int: RowDigest]? { nil }

  package func obstacle(toStage stage: String, below place: String) throws -> String? { nil }
}

/// Who works on a target: an engine, and those it shares its state with.
package struct Presence: Sendable {
  package var lineage: String
  /// The engine that has the session.
  package var own: String
  /// The engines that live, as far as can be told.
  package var alive: @Sendable () throws -> Set<String>

  package init(lineage: String, own: String, alive: @escaping @Sendable () throws -> Set<String>) {
    self.lineage = lineage
    self.own = own
    self.alive = alive
  }
}

/// What the ledger of a target knows of one table.
package struct LedgerFacts: Hashable, Sendable {
  package var fence: LedgerFence
  /// The entries of the fence's run.
  package var entries: [LedgerEntry]
  /// What there is of the fence's run; nil where the target was not asked.
  package var run: LedgerRun?

  /// Facts of which nothing but the fence is known.
  package init(fence: LedgerFence) {
    self.fence = fence
    entries = []
  }

  package init(fence: LedgerFence, plan: String, isFinished: Bool, entries: [LedgerEntry]) {
    self.fence = fence
    self.entries = entries
    run = LedgerRun(plan: plan, parts: Set(entries.map(\.part)), isFinished: isFinished)
  }
}

/// A table to make ready.
package struct PrepareRequest: Hashable, Sendable {
  package var target: ObjectName
  package var addressing: Addressing
  package var columns: [ColumnPlan]
  package var metadataColumns: Bool
  /// The plan's statements, run once for the run.
  package var statements: [String]
  package var lineage: String
  package var run: Int
  /// The identity of the run's plan.
  package var plan: String
  /// Where the plan saw the ledger; nil when there was none for this table.
  package var expected: LedgerFence?
  /// The identity of the target's shape when the plan was made; nil when the plan creates it.
  package var fingerprint: String?

  package init(
    target: ObjectName, addressing: Addressing, columns: [ColumnPlan], metadataColumns: Bool,
    statements: [String], lineage: String, run: Int, plan: String, expected: LedgerFence?, fingerprint: String?
  ) {
    self.target = target
    self.addressing = addressing
    self.columns = columns
    self.metadataColumns = metadataColumns
    self.statements = statements
    self.lineage = lineage
    self.run = run
    self.plan = plan
    self.expected = expected
    self.fingerprint = fingerprint
  }
}

/// One staged part to load.
package struct LoadRequest: Hashable, Sendable {
  package var target: ObjectName
  package var columns: [ColumnPlan]
  package var addressing: Addressing
  package var method: LoadMethod
  /// Key columns by their target names, in key order; empty without a key.
  package var key: [String]
  /// Target column names by which `merge` and `remove` find rows.
  package var mergeKey: [String]
  package var part: Part
  /// With target column names; rows that equal `after` are deleted first when `includesAfter` is set and the method is
  /// `append`.
  package var window: Window?
  package var replaces: [Int]
  /// Of a removal: what it may take.
  package var removal: RemovalLimit?
  package var metadataColumns: Bool
  package var lineage: String
  package var run: Int
  package var attempt: Int
  /// The identity of the run's plan.
  package var plan: String
  /// The stage's root directory.
  package var stage: String
  package var staged: StagedPart
  /// When the rows that were written are compared with the staged ones, before the commit.
  package var verification: LoadVerification

  package init(
    target: ObjectName, columns: [ColumnPlan], addressing: Addressing, method: LoadMethod, key: [String],
    mergeKey: [String], part: Part, window: Window?, replaces: [Int], metadataColumns: Bool, lineage: String,
    run: Int, attempt: Int, plan: String, stage: String, staged: StagedPart, removal: RemovalLimit? = nil,
    verification: LoadVerification = .auto
  ) {
    self.target = target
    self.columns = columns
    self.addressing = addressing
    self.method = method
    self.key = key
    self.mergeKey = mergeKey
    self.part = part
    self.window = window
    self.replaces = replaces
    self.removal = removal
    self.metadataColumns = metadataColumns
    self.lineage = lineage
    self.run = run
    self.attempt = attempt
    self.plan = plan
    self.stage = stage
    self.staged = staged
    self.verification = verification
  }
}

/// What a load did.
package struct LoadResult: Hashable, Codable, Sendable {
  /// Rows inserted, by the target's own count.
  package var rows: Int
  /// Rows deleted to make place.
  package var deleted: Int
  /// The ledger had the part from an earlier attempt: nothing was done this time.
  package var wasLoaded: Bool

  package init(rows: Int, deleted: Int, wasLoaded: Bool) {
    self.rows = rows
    self.deleted = deleted
    self.wasLoaded = wasLoaded
  }
}

/// A table whose parts are all in.
package struct FinishRequest: Hashable, Sendable {
  package var target: ObjectName
  package var addressing: Addressing
  package var columns: [ColumnPlan]
  package var metadataColumns: Bool
  package var lineage: String
  package var run: Int
  /// The ids of the parts that the run was to load: each must be in the ledger.
  package var parts: [Int]

  package init(
    target: ObjectName, addressing: Addressing, columns: [ColumnPlan], metadataColumns: Bool, lineage: String,
    run: Int, parts: [Int]
  ) {
    self.target = target
    self.addressing = addressing
    self.columns = columns
    self.metadataColumns = metadataColumns
    self.lineage = lineage
    self.run = run
    self.parts = parts
  }
}
