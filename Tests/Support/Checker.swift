import Foundation

/// Compares what arrived with what was there, through libsqlite3 alone.
package struct Checker {
  package var workspace: Workspace

  package init(_ workspace: Workspace) { self.workspace = workspace }

  /// What differs between a source table and its target: names of columns, then rows as multisets, every value by
  /// storage class and bytes. Empty when nothing does.
  ///
  /// - Parameters:
  ///   - target: the target's name; the source's when nil.
  ///   - renamed: target names of columns that are called otherwise there.
  ///   - condition: the rows of the source that are meant.
  ///   - ignored: target columns that are no part of the comparison.
  package func differences(
    _ table: String, target: String? = nil, renamed: [String: String] = [:], where condition: String = "1",
    ignoring ignored: [String] = []
  ) throws -> [String] {
    let source = try workspace.openSource()
    let loaded = try workspace.openTarget()
    let target = target ?? table
    let columns = try Self.columns(source, table)
    let wanted = columns.map { renamed[$0] ?? $0 }
    let found = try Self.columns(loaded, target).filter { !ignored.contains($0) }
    guard wanted == found else { return ["\(target) has the columns \(found), not \(wanted)"] }
    var balance: [[RawValue]: Int] = [:]
    let sourceList = columns.map(Self.quoted).joined(separator: ", ")
    try source.each("SELECT \(sourceList) FROM \(Self.quoted(table)) WHERE \(condition)") {
      balance[$0, default: 0] += 1
    }
    let targetList = wanted.map(Self.quoted).joined(separator: ", ")
    try loaded.each("SELECT \(targetList) FROM \(Self.quoted(target))") { balance[$0, default: 0] -= 1 }
    let wrong = balance.filter { $0.value != 0 }
    guard !wrong.isEmpty else { return [] }
    let missing = wrong.values.filter { $0 > 0 }.reduce(0, +)
    let extra = -wrong.values.filter { $0 < 0 }.reduce(0, +)
    return ["\(target): \(missing) rows are missing, \(extra) are too many"]
      + wrong.prefix(4).map { "\($0.value > 0 ? "missing" : "too many"): \($0.key)" }
  }

  /// What contradicts itself between the state, the ledger in the target and the target's rows. Empty when nothing does.
  ///
  /// - Parameter appended: targets that take rows on top of others, whose parts do not add up to the table.
  package func ledgerProblems(appended: Set<String> = []) throws -> [String] {
    let state = try workspace.openState()
    let target = try workspace.openTarget()
    let lineage = try state.texts("SELECT value FROM meta WHERE name = 'lineage'").first ?? ""
    var problems: [String] = []
    let open = try state.integer("SELECT count(*) FROM runs WHERE ended IS NULL") ?? 0
    if open > 0 { problems.append("\(open) runs are open") }
    let tables = try target.texts(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%scmplan%' "
        + "AND name NOT IN ('scmplan_fence', 'scmplan_ledger')")
    if !tables.isEmpty { problems.append("the target has \(tables)") }
    let loading = try target.integer("SELECT count(*) FROM scmplan_ledger WHERE state <> 'loaded'") ?? 0
    if loading > 0 { problems.append("\(loading) parts are neither loaded nor not") }
    for row in try state.rows(
      "SELECT id, json_extract(target_name, '$.table'), watermark IS NOT NULL FROM table_states")
    {
      guard case .integer(let id) = row[0], case .text(let bytes) = row[1] else { continue }
      let name = String(decoding: bytes, as: UTF8.self)
      let literal = "'" + name.replacingOccurrences(of: "'", with: "''") + "'"
      var sum = 0
      for part in try state.rows("SELECT part, run, row_count, loaded_by FROM part_states WHERE table_state = \(id)") {
        guard case .integer(let number) = part[0], case .integer(let run) = part[1], case .integer(let rows) = part[2]
        else { continue }
        sum += Int(rows)
        if part[3] == .null { problems.append("part \(number) of \(name) is not loaded") }
        let loaded = try target.rows(
          "SELECT \"rows\" FROM scmplan_ledger WHERE target = \(literal) AND lineage = '\(lineage)' "
            + "AND run = \(run) AND part = \(number) AND state = 'loaded'")
        if row[2] == .integer(0), loaded != [[.integer(rows)]] {
          problems.append("part \(number) of \(name): the state has \(rows) rows of run \(run), the ledger \(loaded)")
        }
      }
      let count = try target.integer("SELECT count(*) FROM \(Self.quoted(name))") ?? 0
      if row[2] == .integer(0), !appended.contains(name), count != sum {
        problems.append("\(name) has \(count) rows, and its parts took in \(sum)")
      }
    }
    return problems
  }

  /// Every difference of the tables and the ledger together.
  package func problems(_ tables: [String]) throws -> [String] {
    try tables.flatMap { try differences($0) } + ledgerProblems()
  }

  package static func quoted(_ name: String) -> String {
    "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  private static func columns(_ file: SQLiteFile, _ table: String) throws -> [String] {
    let literal = "'" + table.replacingOccurrences(of: "'", with: "''") + "'"
    return try file.texts("SELECT name FROM pragma_table_xinfo(\(literal)) WHERE hidden <> 1")
  }
}
