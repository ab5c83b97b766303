package import Catalogs
package import Plans

/// One connection to a source: reads its catalog, measures its tables, extracts its rows.
///
/// Every dialect has the same shape; adding one is one folder with the same file names as its siblings. Calls block, and
/// belong to one thread at a time.
package protocol SourceSession: AnyObject {
  var platform: SourcePlatform { get }

  /// The tables that exist among `names`, described from the catalog with a fixed number of queries where the
  /// system allows it. A name is compared the way its system compares names; the result's keys are the names asked for.
  func tables(_ names: [ObjectName]) throws -> [ObjectName: Table]

  /// Every table the session may read, in name order.
  func allTables() throws -> [Table]

  /// - Throws: ``ExtractionError`` `notAllowed` when ``tables(_:)`` found that the login may not read the table.
  func checkAccess(to table: Table) throws

  /// Tries the user's filter without reading rows.
  ///
  /// - Throws: an error that names the filter and says what the source has against it.
  func check(filter: String, of table: Table) throws

  /// How a whole table may be read as of one moment, in the source's words; the plan prints it.
  func snapshotGuarantee(for table: Table, parts: Int) -> Guarantee

  /// Whether several sessions can read the table in one snapshot, which one of them exports.
  func sharesSnapshots(of table: Table) -> Bool

  /// Begins a transaction whose snapshot other sessions can take part in, for as long as this session lives and is used for
  /// nothing else.
  ///
  /// - Returns: what the source calls it, for ``ExtractRequest/snapshot``.
  func exportSnapshot() throws -> String

  /// Why this key cannot split the table, as a warning for the plan; nil when it can.
  func obstacle(to key: PartitionKey, of table: Table) -> String?

  /// Points that cut the request's rows into pieces: strictly increasing, none of them the lowest key.
  func boundaries(_ request: BoundaryRequest) throws -> [Bound]

  /// Counts, and digests when asked, of every part in one pass and one snapshot.
  func measure(_ request: MeasureRequest) throws -> Measurement

  /// What the watermark column looks like now, relative to where the last synchronisation ended.
  func watermark(_ request: WatermarkRequest) throws -> WatermarkFacts

  /// The query that `extract` runs for these columns, for the reader of a plan; the part's range is left as a comment.
  func extractionQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) -> String

  /// What the reader of a plan should know of the table beyond that, as warnings.
  func remarks(on table: Table) -> [String]

  /// The statement by which the source writes the files of these columns by itself; places are left as words.
  ///
  /// - Throws: ``ExtractionError`` when it cannot, or does not know where to.
  func unloadQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) throws -> String

  /// The place in an object store below which ``unloadQuery(table:columns:filter:)`` writes, as an address that a slash ends; nil
  /// where there is none.
  var unloadPlace: String? { get }

  /// Reads the rows of one part in one snapshot into files of the stage.
  ///
  /// A shared snapshot that is gone, or that does not have the table's rows any more, is an ``ExtractionError`` `snapshotLost`.
  ///
  /// The rows are counted by the source in the same snapshot; a difference to the rows read is an error.
  /// `progress` is called now and then with rows and bytes so far; when it throws, the extraction ends with that error.
  func extract(_ request: ExtractRequest, progress: (ExtractProgress) throws -> Void) throws -> StagedPart
}

extension SourceSession {
  package func checkAccess(to table: Table) throws {}
  package func obstacle(to key: PartitionKey, of table: Table) -> String? { nil }
  package func remarks(on table: Table) -> [String] { [] }
  package func sharesSnapshots(of table: Table) -> Bool { false }

  package func exportSnapshot() throws -> String {
    throw ExtractionError(.queryFailed, at: platform.title, "it has no snapshot that several connections could share")
  }
  package var unloadPlace: String? { nil }

  package func unloadQuery(table: ObjectName, columns: [ColumnPlan], filter: String?) throws -> String {
    throw ExtractionError(
      .queryFailed, at: "table \(table)", "\(platform.title) has no UNLOAD; set extraction.strategy to regular")
  }
}

/// A question about a watermark column.
package struct WatermarkRequest: Sendable {
  package var table: Table
  package var filter: String?
  package var column: String
  /// Where the last synchronisation ended; nil before the first.
  package var after: KeyValue?
  /// Source column names for the digest of ties, in order.
  package var digestColumns: [String]

  package init(table: Table, filter: String?, column: String, after: KeyValue?, digestColumns: [String]) {
    self.table = table
    self.filter = filter
    self.column = column
    self.after = after
    self.digestColumns = digestColumns
  }
}

/// One part to extract.
package struct ExtractRequest: Sendable {
  package var table: ObjectName
  /// In the order of the staged file's columns; the file's columns carry the target names.
  package var columns: [ColumnPlan]
  package var filter: String?
  package var key: PartitionKey?
  package var range: PartRange
  package var window: Window?
  /// The identity of the table's shape that the plan was made for (the SHA-256 of `Table.shape`); another one is an error.
  package var fingerprint: String
  /// The stage's root directory.
  package var stage: String
  /// Where the files go below the root: unique to this attempt.
  package var prefix: String
  /// Bytes of memory that column buffers and open row groups may take together.
  package var memory: Int
  /// A file is closed, and the next begun, when it has about this many bytes.
  package var fileBytes: Int
  /// Source column names, in order, for a digest of exactly the rows that are extracted; nil for none.
  package var digestColumns: [String]?
  /// Set when the source is to write the files by itself.
  package var external: ExternalRequest?
  /// What ``SourceSession/exportSnapshot()`` of another session returned; nil for a snapshot of this session's own.
  package var snapshot: String?

  package init(
    table: ObjectName, columns: [ColumnPlan], filter: String?, key: PartitionKey?, range: PartRange,
    window: Window?, fingerprint: String, stage: String, prefix: String, memory: Int = 256 << 20,
    fileBytes: Int = 128 << 20, digestColumns: [String]? = nil, external: ExternalRequest? = nil
  ) {
    self.table = table
    self.columns = columns
    self.filter = filter
    self.key = key
    self.range = range
    self.window = window
    self.fingerprint = fingerprint
    self.stage = stage
    self.prefix = prefix
    self.memory = memory
    self.fileBytes = fileBytes
    self.digestColumns = digestColumns
    self.external = external
  }
}

/// Where a source that writes files by itself puts those of one attempt.
package struct ExternalRequest: Sendable {
  /// The target's stage over the place, as the workflow writes it.
  package var stage: String
  /// Below the place that the source's connection names, unique to this attempt and this state.
  package var path: String

  package init(stage: String, path: String) {
    self.stage = stage
    self.path = path
  }
}

/// How far an extraction is.
package struct ExtractProgress: Sendable, Hashable {
  package var rows: Int
  /// Bytes of the files, written and pending.
  package var bytes: Int

  package init(rows: Int, bytes: Int) {
    self.rows = rows
    self.bytes = bytes
  }
}
