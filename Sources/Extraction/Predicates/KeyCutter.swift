import Catalogs
import Plans

/// What cutting the rows of one request by their key takes in every dialect of SQL.
protocol KeyCutter {
  associatedtype Key: SQLKeyColumn

  var request: BoundaryRequest { get }
  var key: [Key] { get }
}

extension KeyCutter {
  var table: Table { request.table }
  var rowsPerPart: Int { max(1, request.rowsPerPart) }

  /// The key's columns as a list.
  var columns: String { key.map(\.sql).joined(separator: ", ") }

  /// Rows of a key are never more than one, as far as the table's constraints say.
  var isUnique: Bool {
    ([table.primaryKey] + table.uniqueKeys).contains { !$0.isEmpty && Set($0).isSubset(of: request.key.columns) }
  }

  /// The rows that are meant.
  func predicate(_ more: String = "") -> SQLPredicate {
    let range = request.within == nil || request.within == .whole ? PartRange.keys(from: nil, to: nil) : request.within!
    return .all([.filter(request.filter), .range(range, key), SQLPredicate(sql: more)])
  }
}
