import Catalogs
package import Plans
import SQL

/// One table of the state in a line.
package struct TableSummary: Hashable, Sendable {
  package var key: TableKey
  package var workflow: String
  package var parts: Int
  package var loadedParts: Int
  package var rows: Int
  package var watermark: WatermarkState?
  /// The run that last changed the table.
  package var run: Int?
}

extension Store {
  /// The tables that the state remembers, in name order, without their parts.
  package func tableSummaries(workflow: String? = nil) throws -> [TableSummary] {
    try read { connection in
      let counts = try connection.query(
        """
        SELECT table_state, COUNT(*) AS parts, COUNT(loaded_by) AS loaded, CAST(SUM(row_count) AS BIGINT) AS total FROM part_states
        GROUP BY table_state
        """)
      let byTable = Dictionary(try counts.map { (try $0.int("table_state"), $0) }) { a, _ in a }
      let rows = try connection.tableRows(
        workflow == nil ? "" : "WHERE workflow = ?", workflow.map { [.text($0)] } ?? [])
      return try rows.map { row in
        let count = byTable[row.id]
        return TableSummary(
          key: row.key, workflow: row.workflow, parts: try count?.int("parts") ?? 0,
          loadedParts: try count?.int("loaded") ?? 0, rows: try count?.int("total") ?? 0,
          watermark: try JSONText.decodeIfPresent(WatermarkState.self, row.watermark), run: row.run)
      }.sorted { ($0.workflow, $0.key.source, $0.key.target) < ($1.workflow, $1.key.source, $1.key.target) }
    }
  }

  /// Forgets a table; the target keeps its rows.
  ///
  /// - Throws: ``StoreError`` with code `unknownTable` or `tableInUse`.
  package func removeTable(_ key: TableKey, now: Milliseconds) throws {
    try write { connection in
      let row = try connection.changeable(key)
      try connection.removeTable(row.id)
      try connection.bumpSerial(of: row.workflow, now: now)
    }
  }

  /// Gives a table another key, because its source, target or server was renamed; everything else stays.
  ///
  /// - Throws: ``StoreError`` with code `unknownTable`, `tableExists` or `tableInUse`.
  package func renameTable(from old: TableKey, to new: TableKey, now: Milliseconds) throws {
    try write { connection in
      let row = try connection.changeable(old)
      guard new != old else { return }
      guard try connection.tableState(new) == nil else {
        throw StoreError(
          .tableExists, "the state has \(new.source) -> \(new.target) already",
          advice: "Remove it first: scmplan state rm \(new.source)")
      }
      try connection.execute(
        "UPDATE table_states SET source_server = ?, source_name = ?, target_server = ?, target_name = ? WHERE id = ?",
        [
          .text(new.sourceServer), .text(try StoredName.text(new.source)), .text(new.targetServer),
          .text(try StoredName.text(new.target)), SQLValue(row.id),
        ])
      try connection.bumpSerial(of: row.workflow, now: now)
    }
  }

  /// Takes from a target's ledger what the state missed: parts that a run of this state loaded, and did not live to
  /// report. Entries of other states, other plans, or parts that are known to be loaded are left alone.
  ///
  /// - Returns: how many parts are known to be loaded now that were not before.
  package func adopt(_ entries: [LedgerEntry], into key: TableKey, now: Milliseconds) throws -> Int {
    try write { connection in
      guard let row = try connection.tableState(key) else { throw StoreError.unknownTable(key) }
      // A part of a table that is built anew is in the target only with the whole table.
      guard row.addressing != .rebuild else { return 0 }
      let lineage = try connection.lineage()
      var plans: [Int: String] = [:]
      var adopted = 0
      for entry in entries where entry.lineage == lineage {
        if plans[entry.run] == nil {
          let run = try connection.first("SELECT plan FROM runs WHERE id = ?", [SQLValue(entry.run)])
          plans[entry.run] = try run?.text("plan") ?? ""
        }
        guard plans[entry.run] == entry.plan else { continue }
        let isKnown = try connection.wasStaged(entry, table: row.id)
        adopted += try connection.execute(
          """
          UPDATE part_states SET digest = \(isKnown ? "next_digest" : "NULL"), next_digest = NULL, loaded_by = run,
          row_count = ? WHERE table_state = ? AND part = ? AND run = ? AND loaded_by IS NULL
          """, [SQLValue(entry.rows), SQLValue(row.id), SQLValue(entry.part), SQLValue(entry.run)])
      }
      if adopted > 0 { try connection.bumpSerial(of: row.workflow, now: now) }
      return adopted
    }
  }
}

extension StoreError {
  fileprivate static func unknownTable(_ key: TableKey) -> StoreError {
    StoreError(
      .unknownTable, "the state does not know \(key.source) -> \(key.target)", advice: "See: scmplan state list")
  }
}

extension SQLConnection {
  /// Whether the state knows from which extraction the ledger's part came.
  fileprivate func wasStaged(_ entry: LedgerEntry, table: Int) throws -> Bool {
    let load = try first(
      """
      SELECT tasks.id AS id, attempt FROM run_tables
      JOIN tasks ON tasks.run = run_tables.run AND tasks.table_index = run_tables.table_index
      WHERE run_tables.run = ? AND table_state = ? AND kind = 'load' AND part = ?
      """, [SQLValue(entry.run), SQLValue(table), SQLValue(entry.part)])
    guard let load else { return false }
    return try wasStaged(forLoad: load.int("id"), attempt: load.int("attempt"))
  }

  /// A table that no unfinished run works on.
  fileprivate func changeable(_ key: TableKey) throws -> TableRow {
    guard let row = try tableState(key) else { throw StoreError.unknownTable(key) }
    let run = try first(
      """
      SELECT runs.id AS id FROM run_tables JOIN runs ON runs.id = run_tables.run
      WHERE table_state = ? AND ended IS NULL
      """, [SQLValue(row.id)])?.int("id")
    if let run {
      throw StoreError(
        .tableInUse, "run \(run) is not at its end and works on \(key.source)",
        advice: "Wait for it or end it: scmplan runs cancel \(run)")
    }
    return row
  }
}
