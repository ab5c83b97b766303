package import Catalogs
package import Plans
import Snowflake

extension SnowflakeTargetSession {
  package func digests(_ name: ObjectName, columns: [ColumnPlan], key: [Int]) throws -> [Int: RowDigest]? {
    try speaking(at: name.description) {
      guard let canonical = try canonical(columns) else { return nil }
      let sql = canonical.buckets(of: SnowflakeName.written(name), key: key)
      return try refusable { SnowflakeCanonical.buckets(try ask(sql).named) }
    }
  }

  /// Asks only for rows of these ranges, where the account can tell which they are.
  package func scan(
    _ name: ObjectName, columns: [ColumnPlan], key: [Int], buckets: Set<Int>, _ row: ComparedRow,
    _ body: (RowMark) throws -> Void
  ) throws {
    let identity = key.isEmpty ? columns : key.map { columns[$0] }
    let condition = try speaking(at: name.description) {
      try canonical(identity)?.isIn(buckets, key: [])
    }
    var isRead = false
    let wanted: (RowMark) throws -> Void = { mark in
      isRead = true
      if buckets.contains(mark.bucket) { try body(mark) }
    }
    do {
      try scan(name, columns: columns, where: condition, row, wanted)
    } catch let error as LoadingError
      where [.statementFailed, .valueRefused].contains(error.code) && condition != nil && !isRead
    {
      try scan(name, columns: columns, where: nil, row, wanted)
    }
  }

  /// How the account digests rows of these columns; nil where it has no form for one of them, or another than it should.
  func canonical(_ columns: [ColumnPlan]) throws -> SnowflakeCanonical? {
    guard let canonical = SnowflakeCanonical(columns) else { return nil }
    return try standing(canonical.families) == canonical.families ? canonical : nil
  }

  /// Those of the families whose known values the account digests as it should; each is asked for once by a session.
  func standing(_ families: Set<SnowflakeTrial.Family>) throws -> Set<SnowflakeTrial.Family> {
    let unknown = families.subtracting(trials.keys)
    if !unknown.isEmpty {
      let areAllRight = try isRight(unknown)
      for family in unknown { trials[family] = try areAllRight || (unknown.count > 1 && isRight([family])) }
    }
    return families.filter { trials[$0] == true }
  }

  private func isRight(_ families: Set<SnowflakeTrial.Family>) throws -> Bool {
    let trial = try SnowflakeTrial(families)
    return try refusable { SnowflakeCanonical.digest(try ask(trial.sql).named.first ?? [:]) } == trial.expected
  }

  /// The answer; nil where the account refuses the statement itself, which says nothing of any row.
  func refusable<Answer>(_ question: () throws -> Answer?) throws -> Answer? {
    do {
      return try question()
    } catch let error as SnowflakeError
      where error.kind == .statement && error.outcome == .failed && !LoadingError(error, at: "").isTransient
    {
      return nil
    }
  }
}
