import Catalogs
import Crypto
import Extraction
import Foundation
import Loading
import Plans
import Testing

/// Tables of a SQLite source, staged by the source's own session and loaded: every value arrives as it was, whatever its
/// column was declared as. Decimals of more than 15 digits are not among them: they become text (docs/loading.md).
@Suite struct SourceToTargetTests {
  static let values = [
    "NULL", "0", "1", "-1", "9223372036854775807", "0.5", "1.0", "-1e300", "0.99", "''", "'007'", "' 1e5 '", "'text'",
    "'Grüße 🌍'", "'2024-02-29'", "'2024-02-29 12:00:00'", "'2024-02-29T12:00:00'", "x''", "x'00ff'",
    "CAST(x'c328' AS TEXT)", "CAST(x'610062' AS TEXT)", "'12e45678-9abc-4def-8123-456789abcdef'",
  ]
  static let declared = [
    "", "INTEGER", "BIGINT", "BOOLEAN", "REAL", "DOUBLE", "NUMERIC", "DECIMAL(10,2)", "DECIMAL(15,4)", "TEXT",
    "VARCHAR(5)", "NVARCHAR(160)", "BLOB", "DATE", "DATETIME", "TIMESTAMP", "TIME", "UUID", "STRING", "JSON",
  ]

  /// Moves one table and returns the rows that are not the same afterwards, as both sides quote them.
  static func move(_ table: String, from source: String, in world: World) throws -> [[Cell]] {
    let session = try SQLiteSourceSession(path: source)
    let name = ObjectName(schema: "main", table: table)
    let described = try #require(try session.tables([name])[name])
    let whole = Part(id: 1, range: .whole)
    let measured = try session.measure(
      MeasureRequest(table: described, key: nil, parts: [whole], profiles: true))
    let columns = try #require(measured.columns).map { column in
      ColumnPlan(
        source: column.name, target: column.name, sourceType: column.declaredType, type: column.type,
        targetType: SQLiteDialect().sqlType(for: column.type), isNullable: column.isNullable)
    }
    let hasher = try SHA256()
    let fingerprint = Array(described.shape.utf8).withUnsafeBytes { hasher.digest($0).hex }
    let request = ExtractRequest(
      table: name, columns: columns, filter: nil, key: nil, range: .whole, window: nil, fingerprint: fingerprint,
      stage: world.stage, prefix: table.filter { $0.isLetter || $0.isNumber })
    let staged = try session.extract(request) { _ in }
    world.columns = columns
    world.key = []
    world.target = name
    world.addressing = .wholeTable
    try world.prepare()
    #expect(try world.session().load(world.request(1, .whole, .replace, staged)).rows == measured.totalRows)
    return try differences(table, columns.map(\.source), source, world)
  }

  /// A whole number may have become the real that equals it where its column holds reals too; nothing else may differ.
  private static func differences(
    _ table: String, _ columns: [String], _ source: String, _ world: World
  ) throws -> [[Cell]] {
    func quoted(_ name: String) -> String { "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }
    let raw = try world.raw()
    try raw.run("ATTACH '\(source)' AS s")
    let key = columns.map { "quote(\(quoted($0)) + 0.0), quote(\(quoted($0)))" }.joined(separator: ", ")
    let list = columns.map { column in
      """
      CASE WHEN typeof(\(quoted(column))) IN ('integer', 'real') THEN
        CASE WHEN typeof(\(quoted(column))) = 'integer' OR \(quoted(column)) <> CAST(\(quoted(column)) AS INTEGER)
          OR abs(\(quoted(column))) > 9e15
        THEN \(quoted(column)) ELSE CAST(\(quoted(column)) AS INTEGER) END
        ELSE typeof(\(quoted(column))) || hex(\(quoted(column))) END
      """
    }.joined(separator: ", ")
    let before = try raw.rows("SELECT \(list) FROM s.\(quoted(table)) ORDER BY \(key)")
    let after = try raw.rows("SELECT \(list) FROM main.\(quoted(table)) ORDER BY \(key)")
    #expect(before.count == after.count)
    return zip(before, after).flatMap { $0 == $1 ? [] : [$0, $1] }
  }

  @Test(arguments: declared) func everyValueOfEveryDeclaredTypeArrives(declared: String) throws {
    let world = try World()
    let source = world.folder + "/source.db"
    let raw = try RawSQLite(source)
    // All values in one column, and each alone, so that its column's type follows from it.
    let single = Self.values.indices.map { "c\($0) \(declared)" }.joined(separator: ", ")
    try raw.run("CREATE TABLE mixed (v \(declared)); CREATE TABLE single (\(single))")
    for value in Self.values { try raw.run("INSERT INTO mixed VALUES (\(value))") }
    try raw.run("INSERT INTO single VALUES (\(Self.values.joined(separator: ", ")))")
    #expect(try Self.move("mixed", from: source, in: world).isEmpty)
    #expect(try Self.move("single", from: source, in: world).isEmpty)
  }
}
