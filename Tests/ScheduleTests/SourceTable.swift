import Catalogs
import Plans

/// A row by the names of its columns; a column that is not named is NULL.
typealias Row = [String: KeyValue]

/// What is in the source's table, known without asking the source: every write goes through it first.
///
/// `n` tells rows apart for as long as they live, `ver` the versions of one row: no two versions that were ever there are
/// alike, unless a row is put back to what it was, or doubled on purpose.
struct SourceTable {
  enum Kind: Hashable {
    case integer
    case text(Int)
  }

  struct Column: Hashable {
    var name: String
    var kind: Kind
    var isNullable = true
  }

  struct Line {
    /// Where the row stands in the order of the key; no two rows share a place.
    var place: Int
    var row: Row
  }

  var columns: [Column]
  var lines: [Line] = []

  var rows: [Row] { lines.map(\.row) }

  func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}

extension Row {
  func integer(_ name: String) -> Int? {
    guard case .integer(let value)? = self[name] else { return nil }
    return Int(value)
  }

  mutating func set(_ name: String, _ value: Int?) { self[name] = value.map { .integer(Int64($0)) } }
}

/// Rows and how often each is there.
typealias Counted = [Row: Int]

extension Sequence<Row> {
  var counted: Counted { Dictionary(map { ($0, 1) }, uniquingKeysWith: +) }
}

extension Counted {
  /// What `self` has and `other` has not, with a few of the rows.
  func excess(over other: Counted) -> (count: Int, some: [String]) {
    var count = 0
    var some: [String] = []
    for (row, times) in self where times > other[row, default: 0] {
      count += times - other[row, default: 0]
      if some.count < 4 { some.append(row.text) }
    }
    return (count, some.sorted())
  }
}

extension Row {
  var text: String { sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}
