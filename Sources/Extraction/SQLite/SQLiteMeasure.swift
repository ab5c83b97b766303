import Catalogs
import GRDBSQLite
package import Plans

extension SQLiteSourceSession {
  /// One pass over the rows, and one count of the table by itself, in one read transaction.
  package func measure(_ request: MeasureRequest) throws -> Measurement {
    let table = request.table
    let place = "table \(table.name)"
    let predicate = SQLitePredicate.all([.filter(request.filter), .window(request.window, of: table)])
    return try connection.reading(at: place) {
      connection.allowsQuotedStrings = table.kind == .view
      let source = Identifier.quoted(table.name.table) + predicate.clause
      let total =
        try connection.integer("SELECT count(*) FROM \(source)", predicate.bindings, at: place) ?? 0
      let pass = try SQLiteMeasurePass(request, collations: request.key.map { collations(of: $0, in: table) } ?? [])
      if pass.needsNoRows {
        return Measurement(parts: [PartMeasure(part: request.parts[0].id, rows: total)], totalRows: total)
      }
      let list = pass.columns.map(Identifier.quoted).joined(separator: ", ")
      let statement = try connection.prepare("SELECT \(list) FROM \(source)", predicate.bindings, at: place)
      while try statement.step() { pass.take(statement.handle) }
      return Measurement(parts: pass.parts, totalRows: total, columns: pass.profiledColumns)
    }
  }
}

/// The state of one pass: rows come in, counts, digests and profiles come out.
final class SQLiteMeasurePass {
  /// What is selected: the key's columns first, then the others that are looked at, each once.
  let columns: [String]
  /// In the order of the request's parts.
  private(set) var parts: [PartMeasure]

  private let locator: SQLitePartLocator
  private let table: Table
  /// Positions in ``columns`` whose values go into the digest, in its order.
  private let digested: [Int32]
  private let row: CanonicalRow?
  /// Positions in ``columns`` of the table's columns, and what was seen in each; empty when nobody asks.
  private let profiled: [Int32]
  private var profiles: [SQLiteValueProfile]
  private let declared: [SQLiteDeclaredType]
  /// Positions in ``columns`` that count as bytes of the row; empty when only keys are read.
  private let weighed: [Int32]

  init(_ request: MeasureRequest, collations: [SQLiteCollation]) throws {
    var columns = request.parts.contains { $0.range != .whole } ? request.key?.columns ?? [] : []
    let keyCount = columns.count
    func position(_ name: String) -> Int32 {
      if let index = columns.firstIndex(of: name) { return Int32(index) }
      columns.append(name)
      return Int32(columns.count - 1)
    }
    table = request.table
    digested = (request.digestColumns ?? []).map(position)
    profiled = request.profiles ? request.table.columns.map { position($0.name) } : []
    weighed = columns.count > keyCount || request.digestColumns != nil ? columns.indices.map { Int32($0) } : []
    let isStrict = request.table.traits.contains(SQLiteCatalog.strict)
    declared = request.profiles ? table.columns.map { SQLiteDeclaredType($0.declaredType, isStrict: isStrict) } : []
    profiles = declared.map { SQLiteValueProfile($0) }
    row = request.digestColumns == nil ? nil : try CanonicalRow()
    parts = request.parts.map {
      PartMeasure(part: $0.id, rows: 0, digest: request.digestColumns == nil ? nil : RowDigest())
    }
    locator = SQLitePartLocator(request.parts, collations: Array(collations.prefix(keyCount)))
    self.columns = columns
  }

  /// Nothing but the number of all rows is asked for.
  var needsNoRows: Bool { columns.isEmpty && parts.count == 1 && row == nil }

  /// Takes in the row that the statement stands on.
  func take(_ statement: OpaquePointer) {
    let part = locator.locate(statement)
    profile(statement)
    // A row that no part covers shows as a difference to the total, which the planner refuses.
    guard let part else { return }
    parts[part].rows += 1
    parts[part].bytes += weigh(statement)
    guard let row else { return }
    for column in digested { digest(sqlite3_column_value(statement, column), into: row) }
    let (high, low) = row.finish()
    parts[part].digest?.add(high: high, low: low)
  }

  /// The table's columns with the types their values need; nil when nobody asked.
  var profiledColumns: [Column]? {
    guard !profiles.isEmpty else { return nil }
    return zip(table.columns, zip(declared, profiles)).map { column, seen in
      var column = column
      column.type = seen.0.type(of: seen.1)
      return column
    }
  }

  private func profile(_ statement: OpaquePointer) {
    for index in profiled.indices {
      let value: OpaquePointer = sqlite3_column_value(statement, profiled[index])
      switch sqlite3_value_type(value) {
      case SQLITE_INTEGER: profiles[index].see(integer: sqlite3_value_int64(value))
      case SQLITE_FLOAT: profiles[index].see(real: sqlite3_value_double(value))
      case SQLITE_TEXT: profiles[index].see(text: textBytes(value))
      case SQLITE_BLOB: profiles[index].seeBlob()
      default: break
      }
    }
  }

  private func weigh(_ statement: OpaquePointer) -> Int {
    var bytes = 0
    for column in weighed {
      let value: OpaquePointer = sqlite3_column_value(statement, column)
      switch sqlite3_value_type(value) {
      case SQLITE_INTEGER, SQLITE_FLOAT: bytes += 8
      case SQLITE_TEXT, SQLITE_BLOB: bytes += Int(sqlite3_value_bytes(value))
      default: bytes += 1
      }
    }
    return bytes
  }

  private func digest(_ value: OpaquePointer, into row: CanonicalRow) {
    switch sqlite3_value_type(value) {
    case SQLITE_INTEGER: row.append(integer: sqlite3_value_int64(value))
    case SQLITE_FLOAT: row.append(real: sqlite3_value_double(value))
    case SQLITE_TEXT: row.append(text: textBytes(value))
    case SQLITE_BLOB: row.append(blob: blobBytes(value))
    default: row.appendNull()
    }
  }
}
