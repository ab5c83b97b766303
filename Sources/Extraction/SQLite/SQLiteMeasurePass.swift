import Catalogs
import Digests
import GRDBSQLite
import Plans

/// One pass over rows: they come in, and counts, digests and profiles come out.
///
/// Each value is looked at once. What is to be done with a column is decided when the pass is made, and everything that
/// changes with a row lies in plain memory.
final class SQLiteMeasurePass {
  /// What is selected, each column once: those of the digest in its order, then what is profiled, then the key's.
  let columns: [String]

  private struct Tally {
    var rows = 0
    var bytes = 0
    var high: UInt64 = 0
    var low: UInt64 = 0
  }

  private let request: MeasureRequest
  private let locator: SQLitePartLocator
  private let row: CanonicalRow
  /// So many of the first columns go into the digest.
  private let digestedCount: Int
  /// So many of the first columns are read; keys that nothing else needs lie behind them.
  private let readCount: Int
  /// One for each column that is read; where nobody asks for profiles, none.
  private let profiles: UnsafeMutableBufferPointer<SQLiteValueProfile>
  /// One for each part.
  private let tallies: UnsafeMutableBufferPointer<Tally>

  /// - Parameter collations: how each column of the key orders text.
  init(_ request: MeasureRequest, collations: [SQLiteCollation]) throws {
    var columns: [String] = []
    func add(_ names: [String]) {
      for name in names where !columns.contains(name) { columns.append(name) }
    }
    add(request.digestColumns ?? [])
    digestedCount = columns.count
    if request.profiles { add(request.table.columns.map(\.name)) }
    readCount = columns.count
    let key = request.parts.contains { $0.range != .whole } ? request.key?.columns ?? [] : []
    add(key)
    self.columns = columns
    self.request = request
    row = try CanonicalRow()
    locator = SQLitePartLocator(
      request.parts, key: key.map { Int32(columns.firstIndex(of: $0)!) }, collations: collations)
    tallies = .allocate(capacity: request.parts.count)
    tallies.initialize(repeating: Tally())
    profiles = .allocate(capacity: request.profiles ? readCount : 0)
    for index in profiles.indices {
      profiles.initializeElement(at: index, to: SQLiteValueProfile(Self.declared(columns[index], in: request.table)))
    }
  }

  deinit {
    tallies.deallocate()
    profiles.deallocate()
  }

  /// The same as SQL; a row needs a column, even where none is looked at.
  var selected: String { columns.isEmpty ? "1" : columns.map(Identifier.quoted).joined(separator: ", ") }

  /// Nothing but the number of all rows is asked for.
  var needsNoRows: Bool { columns.isEmpty && request.parts.count == 1 && request.digestColumns == nil }

  /// Takes in the row that the statement stands on.
  ///
  /// A row that no part covers is profiled and counted nowhere: the planner refuses parts that miss the total.
  func take(_ statement: OpaquePointer) {
    let part = locator.locate(statement)
    var bytes = 0
    for index in 0..<readCount {
      let value: OpaquePointer = sqlite3_column_value(statement, Int32(truncatingIfNeeded: index))
      let isDigested = index < digestedCount
      switch sqlite3_value_type(value) {
      case SQLITE_INTEGER:
        let whole = sqlite3_value_int64(value)
        bytes &+= 8
        if isDigested { row.append(integer: whole) }
        if index < profiles.count { profiles[index].see(integer: whole) }
      case SQLITE_FLOAT:
        let real = sqlite3_value_double(value)
        bytes &+= 8
        if isDigested { row.append(real: real) }
        if index < profiles.count { profiles[index].see(real: real) }
      case SQLITE_TEXT:
        let text = textBytes(value)
        bytes &+= text.count
        if isDigested { row.append(text: text) }
        if index < profiles.count { profiles[index].see(text: text) }
      case SQLITE_BLOB:
        let blob = blobBytes(value)
        bytes &+= blob.count
        if isDigested { row.append(blob: blob) }
        if index < profiles.count { profiles[index].seeBlob() }
      default:
        bytes &+= 1
        if isDigested { row.appendNull() }
      }
    }
    let words: (high: UInt64, low: UInt64) = digestedCount > 0 ? row.finish() : (0, 0)
    guard let part else { return }
    tallies[part].rows &+= 1
    tallies[part].bytes &+= bytes
    tallies[part].high &+= words.high
    tallies[part].low &+= words.low
  }

  /// In the order of the request's parts.
  var parts: [PartMeasure] {
    zip(request.parts, tallies).map { part, tally in
      PartMeasure(
        part: part.id, rows: tally.rows, bytes: tally.bytes,
        digest: request.digestColumns == nil ? nil : RowDigest(rows: tally.rows, high: tally.high, low: tally.low))
    }
  }

  /// The table's columns with the types their values need; nil when nobody asked.
  var profiledColumns: [Column]? {
    guard request.profiles else { return nil }
    return request.table.columns.map { column in
      var column = column
      if let index = columns.firstIndex(of: column.name) {
        column.type = Self.declared(column.name, in: request.table).type(of: profiles[index])
      }
      return column
    }
  }

  /// Profiled columns in which no value was found.
  var emptyColumns: Set<String> {
    Set(zip(columns, profiles).filter { !$0.1.hasValues }.map(\.0))
  }

  private static func declared(_ column: String, in table: Table) -> SQLiteDeclaredType {
    SQLiteDeclaredType(
      table.column(column)?.declaredType ?? "", isStrict: table.traits.contains(SQLiteCatalog.strict))
  }
}
