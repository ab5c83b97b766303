import SQL

/// How fast runs from one server to another have been, for estimates.
package struct Rate: Hashable, Sendable {
  package var rowsPerSecond: Double
  /// Bytes of staged files a second.
  package var bytesPerSecond: Double

  package init(rowsPerSecond: Double, bytesPerSecond: Double) {
    self.rowsPerSecond = rowsPerSecond
    self.bytesPerSecond = bytesPerSecond
  }
}

extension Store {
  /// Nil before the first run between these servers.
  package func rate(source: String, target: String) throws -> Rate? {
    try read { connection in
      guard
        let row = try connection.first(
          "SELECT row_count, byte_count, duration FROM rates WHERE source_server = ? AND target_server = ?",
          [.text(source), .text(target)])
      else { return nil }
      let seconds = try max(row.double("duration"), 1) / 1000
      return Rate(
        rowsPerSecond: try row.double("row_count") / seconds, bytesPerSecond: try row.double("byte_count") / seconds)
    }
  }
}

extension SQLConnection {
  /// Adds a run to the sums that rates come from; older runs count half, so that long runs outweigh short ones and new
  /// ones old ones.
  func learnRate(of run: Run, now: Milliseconds) throws {
    guard run.counts.loadedRows > 0 else { return }
    let row = try first("SELECT source_server, target_server FROM runs WHERE id = ?", [SQLValue(run.id)])
    guard let row else { return }
    let key = [try row.value("source_server"), try row.value("target_server")]
    let sums = [run.counts.loadedRows, run.counts.extractedBytes, max(1, run.worked(now: now)), now].map {
      SQLValue($0)
    }
    let changed = try execute(
      """
      UPDATE rates SET row_count = row_count / 2 + ?, byte_count = byte_count / 2 + ?, duration = duration / 2 + ?,
      updated = ? WHERE source_server = ? AND target_server = ?
      """, sums + key)
    guard changed == 0 else { return }
    try insert(
      into: "rates",
      columns: ["source_server", "target_server", "row_count", "byte_count", "duration", "updated"],
      rows: [key + sums])
  }
}
