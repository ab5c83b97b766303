import GRDBSQLite
import Plans

/// Finds the part of a row by its key, without asking SQLite again.
///
/// Rows mostly come in key order, so the part of the row before is tried first; otherwise a binary search over the
/// lower bounds decides.
final class SQLitePartLocator {
  private struct Range {
    var part: Int
    var from: [SQLiteKeyCell]?
    var to: [SQLiteKeyCell]?
  }

  /// Key ranges in order; empty when one part holds everything.
  private let ranges: [Range]
  private let nullPart: Int?
  private let wholePart: Int?
  /// Where the key's columns are in the row.
  private let key: [Int32]
  private var current = 0

  /// - Parameters:
  ///   - parts: sorted by key, the NULL part last.
  ///   - key: the positions of the key's columns among the selected ones.
  init(_ parts: [Part], key: [Int32], collations: [SQLiteCollation]) {
    func cells(_ bound: Bound?) -> [SQLiteKeyCell]? {
      bound.map { zip($0.values, collations).map { SQLiteKeyCell($0, $1) } }
    }
    var ranges: [Range] = []
    var nullPart: Int?
    var wholePart: Int?
    for (index, part) in parts.enumerated() {
      switch part.range {
      case .whole: wholePart = index
      case .nullKey: nullPart = index
      case .keys(let from, let to): ranges.append(Range(part: index, from: cells(from), to: cells(to)))
      }
    }
    self.ranges = ranges
    self.nullPart = nullPart
    self.wholePart = wholePart
    self.key = key
  }

  /// The position among the parts of the row that `statement` stands on; nil when no part takes it.
  func locate(_ statement: OpaquePointer) -> Int? {
    if let wholePart { return wholePart }
    for column in key where sqlite3_column_type(statement, column) == SQLITE_NULL { return nullPart }
    guard !ranges.isEmpty else { return nil }
    if isIn(ranges[current], statement) { return ranges[current].part }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if isBelow(ranges[middle].from, statement) { high = middle } else { low = middle + 1 }
    }
    guard low > 0, isIn(ranges[low - 1], statement) else { return nil }
    current = low - 1
    return ranges[current].part
  }

  private func isIn(_ range: Range, _ statement: OpaquePointer) -> Bool {
    !isBelow(range.from, statement) && (range.to == nil || isBelow(range.to, statement))
  }

  /// Whether the row's key comes before the bound; nothing comes before an open one.
  private func isBelow(_ bound: [SQLiteKeyCell]?, _ statement: OpaquePointer) -> Bool {
    guard let bound else { return false }
    for (column, cell) in bound.enumerated() {
      let order = cell.order(of: sqlite3_column_value(statement, key[column]))
      if order != 0 { return order < 0 }
    }
    return false
  }
}
