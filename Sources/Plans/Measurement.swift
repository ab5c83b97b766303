package import Catalogs

/// A request to count a table's rows part by part in one pass and one snapshot.
package struct MeasureRequest: Sendable {
  package var table: Table
  /// The user's filter, as written; nil for every row.
  package var filter: String?
  package var key: PartitionKey?
  /// Cover every row of the table, without overlap, sorted by key; the NULL part, if any, comes last.
  package var parts: [Part]
  /// Only rows of this window are counted.
  package var window: Window?
  /// Also compute each part's ``RowDigest`` over the source columns named here, in this order; nil for counts only.
  package var digestColumns: [String]?
  /// Also look at every value, so that ``Measurement/columns`` tells the types the values need.
  package var profiles: Bool

  package init(
    table: Table, filter: String? = nil, key: PartitionKey?, parts: [Part], window: Window? = nil,
    digestColumns: [String]? = nil, profiles: Bool = false
  ) {
    self.table = table
    self.filter = filter
    self.key = key
    self.parts = parts
    self.window = window
    self.digestColumns = digestColumns
    self.profiles = profiles
  }
}

/// What one pass over a table found.
package struct Measurement: Sendable, Equatable {
  /// In the order of the request's parts.
  package var parts: [PartMeasure]
  /// The number of rows the whole table has under the same filter and window, counted by itself in the same snapshot.
  package var totalRows: Int
  /// The table's columns with the types that all values seen fit; nil when not asked for.
  package var columns: [Column]?
  /// Of these columns every row looked at has NULL, or there is no row: ``columns`` has their declared types.
  package var emptyColumns: Set<String>

  package init(
    parts: [PartMeasure], totalRows: Int, columns: [Column]? = nil, emptyColumns: Set<String> = []
  ) {
    self.parts = parts
    self.totalRows = totalRows
    self.columns = columns
    self.emptyColumns = emptyColumns
  }
}

/// What one pass found in one part.
package struct PartMeasure: Sendable, Equatable {
  package var part: Int
  package var rows: Int
  /// Bytes of the values as the source holds them, about; 0 when the pass read no values.
  package var bytes: Int
  package var digest: RowDigest?

  package init(part: Int, rows: Int, bytes: Int = 0, digest: RowDigest? = nil) {
    self.part = part
    self.rows = rows
    self.bytes = bytes
    self.digest = digest
  }
}

/// A request for points that cut a table, or one part of it, into pieces of about equal size.
package struct BoundaryRequest: Sendable {
  package var table: Table
  package var filter: String?
  package var key: PartitionKey
  /// The part to cut; nil for every row whose key has no NULL.
  package var within: PartRange?
  /// Rows per piece that must not be passed unless one key value alone has more.
  package var rowsPerPart: Int

  package init(
    table: Table, filter: String? = nil, key: PartitionKey, within: PartRange? = nil, rowsPerPart: Int
  ) {
    self.table = table
    self.filter = filter
    self.key = key
    self.within = within
    self.rowsPerPart = rowsPerPart
  }
}

/// What a source knows about a watermark column at one moment.
package struct WatermarkFacts: Sendable, Equatable {
  /// The largest value that no later commit can go below, as far as the source can promise; nil when there is no value.
  package var bound: KeyValue?
  /// Rows whose watermark is NULL.
  package var nullRows: Int
  /// Rows that equal the bound of the time before, and their digest: they tell whether ties were added since.
  package var ties: RowDigest?
  /// Rows that equal ``bound`` now, and their digest.
  package var boundTies: RowDigest?
  /// Rows with `after < column <= bound`.
  package var newRows: Int
  /// Whether a row may still be committed below the bound, in the source's words.
  package var guarantee: Guarantee

  package init(
    bound: KeyValue?, nullRows: Int, ties: RowDigest?, boundTies: RowDigest?, newRows: Int, guarantee: Guarantee
  ) {
    self.bound = bound
    self.nullRows = nullRows
    self.ties = ties
    self.boundTies = boundTies
    self.newRows = newRows
    self.guarantee = guarantee
  }
}
