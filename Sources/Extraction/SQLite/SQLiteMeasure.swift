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
      let statement = try connection.prepare("SELECT \(pass.selected) FROM \(source)", predicate.bindings, at: place)
      while try statement.step() { pass.take(statement.handle) }
      return Measurement(
        parts: pass.parts, totalRows: total, columns: pass.profiledColumns, emptyColumns: pass.emptyColumns)
    }
  }
}
