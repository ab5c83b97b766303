import Catalogs
import Dispatch
import Loading
import Plans
import Synchronization

/// Compares the rows of a table on both sides.
///
/// First both are read once, side by side, and digested by ranges of their keys' marks. Only ranges that differ are read
/// again, row by row; where the source has changed in between, once more. Marks are compared, not positions: rows may lie in
/// any order and in any part.
struct ContentComparison {
  let source: SourceRows
  let openTarget: @Sendable () throws -> any TargetSession
  let target: ObjectName
  let columns: [ColumnPlan]
  /// Positions of the columns that tell one row from another.
  let key: [Int]
  /// What has been moved so far, for a table with a watermark.
  let window: Window?
  /// Differing rows that are told one by one.
  let limit: Int
  let showsValues: Bool

  /// Rows of differing ranges that are held at a time: a hundred bytes each.
  private static let held = 400_000
  /// Readings of a range that changes under way.
  private static let rounds = 2
  func run() throws -> (counts: TableVerdict.Counts, content: ContentVerdict) {
    var rowsOfParts = [Int](repeating: 0, count: source.parts.count)
    var digests = try readBoth(&rowsOfParts)
    var verdict = ContentVerdict(
      key: key.map { columns[$0].source }, uncompared: [], parts: source.parts.count, differingParts: 0,
      partitionedBy: source.key?.columns ?? [],
      map: zip(source.parts, rowsOfParts).map { PartVerdict(part: $0, rows: $1, differing: 0) })
    let counts = TableVerdict.Counts(source: digests.source.rows, target: digests.target.rows)
    var open = digests.source.differing(from: digests.target)
    var found: [DifferingRow] = []
    for round in 1...Self.rounds where !open.isEmpty {
      var changed: [Int] = []
      for group in groups(open, digests) {
        let pairs = try pair(Set(group))
        let moved = Set(group.filter { pairs.source[$0] != digests.source[$0] })
        for row in pairs.rows {
          if !moved.contains(RowMark.bucket(ofKey: row.key)) {
            found.append(row)
          } else if round == Self.rounds {
            verdict.unsettled += 1
          }
        }
        changed += group.filter(moved.contains)
        digests.source.replace(group, from: pairs.source)
      }
      open = changed
    }
    if window != nil, !found.isEmpty { found = try removingPending(found) }
    count(found, &verdict)
    verdict.rows = try details(
      of: Array(found.sorted { ($0.part ?? .max, $0.key) < ($1.part ?? .max, $1.key) }.prefix(limit)))
    return (counts, verdict)
  }

  private func count(_ found: [DifferingRow], _ verdict: inout ContentVerdict) {
    for row in found {
      switch row.kind {
      case .onlyInSource: verdict.onlyInSource += 1
      case .onlyInTarget: verdict.onlyInTarget += 1
      case .different: verdict.different += 1
      }
      if let part = row.part { verdict.map[part].differing += 1 }
    }
    verdict.differingParts = verdict.map.count { $0.differing > 0 }
  }

  /// Digests of both sides, and the number of rows of each part.
  private func readBoth(_ rowsOfParts: inout [Int]) throws -> (source: BucketDigests, target: BucketDigests) {
    let (open, name, columns, key) = (openTarget, target, columns, key)
    return try sideBySide {
      var digests = BucketDigests()
      try source.read(window, try ComparedRow(columns: columns.count, key: key)) { mark, part in
        digests.add(mark)
        rowsOfParts[part] += 1
      }
      return digests
    } and: {
      let session = try open()
      if let made = try session.digests(name, columns: columns, key: key) { return BucketDigests(made) }
      var digests = BucketDigests()
      let row = try ComparedRow(columns: columns.count, key: key)
      try session.scan(name, columns: columns, row) { digests.add($0) }
      return digests
    }
  }

  /// What reading both sides at once brings, the target's side on a thread of its own.
  private func sideBySide<Own, Other: Sendable>(
    _ own: () throws -> Own, and other: @escaping @Sendable () throws -> Other
  ) throws -> (Own, Other) {
    let answer = Mutex<Result<Other, any Error>?>(nil)
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      let result = Result { try other() }
      answer.withLock { $0 = result }
    }
    let mine = Result { try own() }
    group.wait()
    return (try mine.get(), try answer.withLock { $0 }!.get())
  }

  /// Ranges of so few rows together that they can be held.
  private func groups(_ buckets: [Int], _ digests: (source: BucketDigests, target: BucketDigests)) -> [[Int]] {
    var groups: [[Int]] = []
    var rows = Self.held
    for bucket in buckets {
      let more = digests.source[bucket].rows + digests.target[bucket].rows
      if rows + more > Self.held || groups.isEmpty {
        groups.append([])
        rows = 0
      }
      groups[groups.count - 1].append(bucket)
      rows += more
    }
    return groups
  }

  private func pair(_ buckets: Set<Int>) throws -> (rows: [DifferingRow], source: BucketDigests) {
    var wanted = [Bool](repeating: false, count: RowMark.buckets)
    for bucket in buckets { wanted[bucket] = true }
    var pairing = RowPairing()
    var digests = BucketDigests()
    let (open, name, columns, key, chosen) = (openTarget, target, columns, key, wanted)
    let ((), marks) = try sideBySide {
      let row = try ComparedRow(columns: columns.count, key: key)
      try source.read(window, row) { mark, part in
        guard chosen[mark.bucket] else { return }
        digests.add(mark)
        pairing.source(mark, part: part)
      }
    } and: {
      var marks: [RowMark] = []
      let row = try ComparedRow(columns: columns.count, key: key)
      try open().scan(name, columns: columns, key: key, buckets: buckets, row) { marks.append($0) }
      return marks
    }
    for mark in marks { pairing.target(mark) }
    return (pairing.differing, digests)
  }

  /// Takes out rows that the source has beyond the watermark's bound: they are to come with the next synchronisation.
  private func removingPending(_ found: [DifferingRow]) throws -> [DifferingRow] {
    let asked = Set(found.filter { $0.kind != .onlyInSource }.map(\.key))
    guard !asked.isEmpty else { return found }
    var inWindow: [UInt128: Int] = [:]
    var all: [UInt128: Int] = [:]
    let row = try ComparedRow(columns: columns.count, key: key)
    try source.read(window, row) { mark, _ in if asked.contains(mark.key) { inWindow[mark.key, default: 0] += 1 } }
    try source.read(nil, row) { mark, _ in if asked.contains(mark.key) { all[mark.key, default: 0] += 1 } }
    let later = asked.filter { all[$0, default: 0] > inWindow[$0, default: 0] }
    return found.filter { $0.kind == .onlyInSource || !later.contains($0.key) }
  }

  /// The rows with what is told of them: both sides are read once more.
  private func details(of rows: [DifferingRow]) throws -> [RowDifference] {
    guard !rows.isEmpty else { return [] }
    let asked = Set(rows.map(\.key))
    let buckets = Set(asked.map(RowMark.bucket(ofKey:)))
    let (open, name, columns, key) = (openTarget, target, columns, key)
    let texts = try sideBySide {
      var found: [UInt128: [[ComparedRow.Value?]]] = [:]
      let row = try ComparedRow(columns: columns.count, key: key, keepsValues: true)
      try source.read(window, row) { mark, _ in
        if asked.contains(mark.key) { found[mark.key, default: []].append(row.values) }
      }
      return found
    } and: {
      var found: [UInt128: [[ComparedRow.Value?]]] = [:]
      let row = try ComparedRow(columns: columns.count, key: key, keepsValues: true)
      try open().scan(name, columns: columns, key: key, buckets: buckets, row) { mark in
        if asked.contains(mark.key) { found[mark.key, default: []].append(row.values) }
      }
      return found
    }
    return rows.map { difference($0, texts.0[$0.key] ?? [], texts.1[$0.key] ?? []) }
      .sorted { ($0.key.map { $0 ?? "" }).lexicographicallyPrecedes($1.key.map { $0 ?? "" }) { Self.precedes($0, $1) } }
  }

  private func difference(_ row: DifferingRow, _ source: [[ComparedRow.Value?]], _ target: [[ComparedRow.Value?]])
    -> RowDifference
  {
    let (mine, other) = row.kind == .onlyInTarget ? (target.first, source.first) : (source.first, target.first)
    var difference = RowDifference(kind: row.kind, key: key.map { mine?[$0]?.text }, columns: [], values: nil)
    if row.kind == .different, let mine, let other {
      difference.columns = columns.indices.filter { mine[$0] != other[$0] }.map { index in
        RowDifference.Column(
          name: columns[index].source, source: showsValues ? readable(mine[index]) : nil,
          target: showsValues ? readable(other[index]) : nil)
      }
    } else if showsValues {
      difference.values = mine?.map(readable)
    }
    return difference
  }

  /// Reals by the shortest digits that tell them apart; other values are written as people do already.
  private func readable(_ value: ComparedRow.Value?) -> String? {
    guard let value else { return nil }
    return value.letter == "f" ? Double(value.text).map { "\($0)" } ?? value.text : value.text
  }

  /// Whole numbers by their value, other texts by their code points.
  private static func precedes(_ a: String, _ b: String) -> Bool {
    guard let first = Int(a), let second = Int(b) else { return a < b }
    return first < second
  }
}
