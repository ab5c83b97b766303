import Catalogs
import Crypto
import Extraction
import Foundation
import Loading
import Plans
import Support
import Testing

/// The table of types of a source's document, held against a table of every type that the source's own session plans and
/// stages, pyarrow reads, and SQLite's own session loads.
struct SourceTypeTable {
  static let heading = "| declared | logical type | Parquet | Snowflake | SQLite | how it travels |"
  /// Behind a type that the test's server has not.
  static let imitated = " *"

  /// The rows of the document, cell by cell.
  static func rows(_ document: String) throws -> [[String]] {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let text = try String(contentsOf: root.appendingPathComponent("docs/\(document)"), encoding: .utf8)
    let lines = text.components(separatedBy: "\n")
    let start = try #require(lines.firstIndex(of: heading), "\(document) has no table of types")
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      line.components(separatedBy: "|").dropFirst().dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// Expects that the document says what happens to the table `t` of these cases.
  static func check(_ document: String, _ cases: [SourceTypeCase], _ session: any SourceSession) throws {
    let rows = try rows(document)
    let named = rows.map { $0[0].replacing("`", with: "") }
    let wanted = cases.map { $0.name + ($0.isImitated ? imitated : "") }
    #expect(named == wanted, "\(Set(named).symmetricDifference(wanted)) are in one of \(document) and the test alone")

    let world = try World()
    let (types, parquet) = try move(session, into: world)
    // A real by itself, as quote() writes digits that differ from one version of SQLite to another.
    let list = cases.indices.map { "iif(typeof(c\($0)) = 'real', c\($0), quote(c\($0)))" }.joined(separator: ", ")
    let loaded = try world.raw().rows("SELECT \(list) FROM t ORDER BY n").map { row in
      row.map { cell in
        switch cell {
        case .text(let text): text
        case .real(let bits): "\(Double(bitPattern: bits))"
        default: "\(cell)"
        }
      }
    }
    #expect(
      loaded.count == (cases.map(\.values.count).max() ?? 0) + 1 && loaded.last?.allSatisfy { $0 == "NULL" } == true)
    for (index, each) in cases.enumerated() {
      let stored = loaded.map { $0[index] }.prefix(each.values.count)
      #expect(Array(stored) == each.values.map(\.stored), "\(each.name) in SQLite")
      let type = types[index]
      let cells = [
        "`\(type)`", "`\(parquet[index])`", "`\(SnowflakeDialect().sqlType(for: type))`",
        "`\(SQLiteDialect().sqlType(for: type))`",
      ]
      guard let row = rows.first(where: { $0[0].replacing("`", with: "") == wanted[index] }), row.count == 6 else {
        Issue.record("\(document) lacks | \(wanted[index]) | \(cells.joined(separator: " | ")) | |")
        continue
      }
      #expect(Array(row[1...4]) == cells, "\(each.name) in \(document)")
      // Every value that the last cell shows is one that arrives so.
      let shown = row[5].components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      for value in shown {
        #expect(
          stored.contains(value) || stored.contains("'\(value.replacing("'", with: "''"))'"), "\(each.name): \(value)")
      }
    }
  }

  /// Moves the table as a run does: the columns' logical types, and the types of the staged file as pyarrow has them.
  private static func move(_ session: any SourceSession, into world: World) throws -> ([LogicalType], [String]) {
    let name = ObjectName(table: "t")
    let table = try #require(try session.tables([name])[name])
    let measured = try session.measure(
      MeasureRequest(table: table, key: nil, parts: [Part(id: 1, range: .whole)], profiles: true))
    let columns = try #require(measured.columns).map { column in
      ColumnPlan(
        source: column.name, target: column.name, sourceType: column.declaredType, type: column.type,
        targetType: SQLiteDialect().sqlType(for: column.type), isNullable: column.isNullable)
    }
    let hasher = try SHA256()
    let fingerprint = Array(table.shape.utf8).withUnsafeBytes { hasher.digest($0).hex }
    let staged = try session.extract(
      ExtractRequest(
        table: table.name, columns: columns, filter: nil, key: nil, range: .whole, window: nil,
        fingerprint: fingerprint, stage: world.stage, prefix: "types")
    ) { _ in }
    (world.columns, world.key, world.target) = (columns, [], ObjectName(schema: "main", table: "t"))
    world.addressing = .wholeTable
    try world.prepare()
    #expect(try world.session().load(world.request(1, .whole, .replace, staged)).rows == measured.totalRows)
    let said = try PythonReader.run("parquet_rows.py", [world.stage + "/" + #require(staged.files.first).path])
    let types = try #require(String(decoding: said, as: UTF8.self).split(separator: "\n").first)
    // Blanks stand between types, and within one behind a comma.
    let parquet = types.replacing(", ", with: ",").split(separator: " ").map { String($0.replacing(",", with: ", ")) }
    return (columns.dropFirst().map(\.type), Array(parquet.dropFirst()))
  }
}
