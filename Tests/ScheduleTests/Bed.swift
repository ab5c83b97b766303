import Catalogs
import Extraction
import Loading
import Plans

/// A source and a target that schedules are played on: real ones, each with a table of the schedule's own.
protocol Bed: Sendable {
  var source: Endpoint { get }
  var target: Endpoint { get }
  var platform: SourcePlatform { get }
  var dialect: any TargetDialect { get }
  /// The table's name on both sides.
  var table: String { get }

  func openSource() throws -> any SourceSession
  func openTarget() throws -> any TargetSession

  /// The target read like a source, where its values have the digests that they have in the source; nil elsewhere.
  func openTargetAsSource() throws -> (any SourceSession)?

  /// Runs statements in the source, in one transaction.
  func write(_ statements: [String]) throws

  /// The statements that make the table.
  func create(_ setting: Setting) -> [String]

  /// The statements that give the table a wider column.
  func widen(_ column: SourceTable.Column, of table: SourceTable, _ setting: Setting) -> [String]

  func declared(_ column: SourceTable.Column, _ setting: Setting) -> String

  /// The target's rows without what is NULL, by the source's names; nil without a table. Columns that the target does not have
  /// are left out.
  func targetRows(_ columns: [String]) throws -> [Row]?

  /// Drops the target's table, as somebody does who wants it made anew.
  func dropTarget() throws

  /// How text that is a string of its own is written.
  func literal(_ text: String) -> String
}

extension Bed {
  func openTargetAsSource() throws -> (any SourceSession)? { nil }
  func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

  func literal(_ value: KeyValue?) -> String {
    switch value {
    case .integer(let number)?: "\(number)"
    case .text(let text)?: literal(text)
    default: "NULL"
    }
  }

  func createTable(_ name: String, _ columns: [SourceTable.Column], _ setting: Setting) -> String {
    var lines = columns.map { "\($0.name) \(declared($0, setting))\($0.isNullable ? "" : " NOT NULL")" }
    if !setting.keyColumns.isEmpty { lines.append("PRIMARY KEY (\(setting.keyColumns.joined(separator: ", ")))") }
    return "CREATE TABLE \(name) (\(lines.joined(separator: ", ")))"
  }

  func create(_ setting: Setting) -> [String] { [createTable(table, setting.columns, setting)] }

  /// The statements that make `before` into `after`, found by comparing rows of one `n`.
  func changes(from before: SourceTable, to after: SourceTable) -> [String] {
    var statements: [String] = []
    let old = Dictionary(grouping: before.rows) { $0["n"] }
    let new = Dictionary(grouping: after.rows) { $0["n"] }
    let gone = old.keys.filter { new[$0] == nil }.map(literal).sorted()
    for start in stride(from: 0, to: gone.count, by: 100) {
      let some = gone[start..<min(start + 100, gone.count)]
      statements.append("DELETE FROM \(table) WHERE n IN (\(some.joined(separator: ", ")))")
    }
    let names = after.columns.map(\.name)
    var inserted: [Row] = []
    for rows in after.rows.grouped(by: "n") {
      guard let was = old[rows[0]["n"]] else {
        inserted += rows
        continue
      }
      let differing = names.filter { was[0][$0] != rows[0][$0] }
      if !differing.isEmpty {
        let list = differing.map { "\($0) = \(literal(rows[0][$0]))" }.joined(separator: ", ")
        statements.append("UPDATE \(table) SET \(list) WHERE n = \(literal(rows[0]["n"]))")
      }
      inserted += rows.dropFirst(was.count)
    }
    for start in stride(from: 0, to: inserted.count, by: 100) {
      let some = inserted[start..<min(start + 100, inserted.count)].map { row in
        "(" + names.map { literal(row[$0]) }.joined(separator: ", ") + ")"
      }
      statements.append(
        "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES \(some.joined(separator: ", "))")
    }
    return statements
  }
}

extension [Row] {
  /// Rows of one value together, in the order in which each value comes first.
  func grouped(by name: String) -> [[Row]] {
    var places: [KeyValue?: Int] = [:]
    var groups: [[Row]] = []
    for row in self {
      if let place = places[row[name]] {
        groups[place].append(row)
      } else {
        places[row[name]] = groups.count
        groups.append([row])
      }
    }
    return groups
  }
}
