import Loading
import Plans

/// Digests of a side's rows by ranges of their keys' marks.
struct BucketDigests: Sendable, Equatable {
  private(set) var digests = [RowDigest](repeating: RowDigest(), count: RowMark.buckets)

  init() {}

  /// - Parameter made: digests of the ranges that have rows.
  init(_ made: [Int: RowDigest]) {
    for (bucket, digest) in made { digests[bucket] = digest }
  }

  mutating func add(_ mark: RowMark) { digests[mark.bucket].add(high: mark.high, low: mark.low) }

  subscript(bucket: Int) -> RowDigest { digests[bucket] }

  /// Takes over what a later reading found in some ranges.
  mutating func replace(_ buckets: [Int], from later: BucketDigests) {
    for bucket in buckets { digests[bucket] = later.digests[bucket] }
  }

  var rows: Int { digests.reduce(0) { $0 + $1.rows } }

  /// Where the two sides have other rows.
  func differing(from other: BucketDigests) -> [Int] {
    digests.indices.filter { digests[$0] != other.digests[$0] }
  }
}

/// A row that one side has otherwise, or not at all.
struct DifferingRow: Sendable, Hashable {
  var kind: RowDifference.Kind
  var key: UInt128
  /// Position of the source's part; nil for rows that only the target has.
  var part: Int?
}

/// Pairs the rows of some buckets: first the source's come in, then the target's, then what is left is told.
///
/// Rows are a multiset: one that is there twice on one side and once on the other differs.
struct RowPairing {
  private struct Row {
    var high: UInt64
    var low: UInt64
    var part: Int
  }

  /// Rows by key, most of them alone.
  private var source: [UInt128: [Row]] = [:]
  private var target: [UInt128: Int] = [:]

  mutating func source(_ mark: RowMark, part: Int) {
    source[mark.key, default: []].append(Row(high: mark.high, low: mark.low, part: part))
  }

  mutating func target(_ mark: RowMark) {
    if var rows = source[mark.key], let equal = rows.firstIndex(where: { $0.high == mark.high && $0.low == mark.low }) {
      rows.remove(at: equal)
      source[mark.key] = rows.isEmpty ? nil : rows
    } else {
      target[mark.key, default: 0] += 1
    }
  }

  /// Rows without their equal on the other side; those of one key are paired.
  var differing: [DifferingRow] {
    var found: [DifferingRow] = []
    for (key, rows) in source {
      let others = target[key] ?? 0
      for (index, row) in rows.enumerated() {
        found.append(DifferingRow(kind: index < others ? .different : .onlyInSource, key: key, part: row.part))
      }
    }
    for (key, count) in target {
      let paired = source[key]?.count ?? 0
      for _ in 0..<max(0, count - paired) { found.append(DifferingRow(kind: .onlyInTarget, key: key, part: nil)) }
    }
    return found
  }
}
