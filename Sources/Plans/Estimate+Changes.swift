extension Estimate {
  /// The sums over all parts that move; removals move nothing.
  ///
  /// - Parameter rate: Rows a second of earlier runs; nil before there was one.
  package init(of changes: [TableChange], rate: Double?) {
    let parts = changes.flatMap(\.parts).filter { $0.method != .remove }
    let rows = parts.reduce(0) { $0 + ($1.rows ?? 0) }
    self.init(
      rows: rows, bytes: parts.reduce(0) { $0 + ($1.bytes ?? 0) }, unknownParts: parts.count { $0.rows == nil },
      seconds: rate.flatMap { $0 > 0 && rows > 0 ? max(1, Int((Double(rows) / $0).rounded())) : nil }, credits: nil)
  }
}
