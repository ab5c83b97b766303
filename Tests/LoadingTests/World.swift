import Catalogs
import Crypto
import Foundation
import Loading
import Parquet
import Plans
import Testing

/// A value of a staged file.
enum Staged {
  case null
  case bool(Bool)
  case int(Int64)
  case real(Double)
  case decimal(Int128)
  case text(String)
  case bytes([UInt8])
  case days(Int32)
}

/// A folder with a stage and a target file, a table's plan, and the requests that a run makes of a target; all of it
/// is gone with the last reference.
final class World {
  let folder: String
  var columns: [ColumnPlan]
  var addressing = Addressing.keyRange
  var key: [String]
  var mergeKey: [String] = []
  var metadataColumns = false
  var target = ObjectName(schema: "main", table: "t")
  var lineage = "L"
  var run = 1
  var plan = "P1"
  private var files = 0

  var stage: String { folder + "/stage" }
  var path: String { folder + "/target.db" }

  /// A table of these columns, by name and type; the first is the key unless one is given.
  init(_ columns: KeyValuePairs<String, LogicalType>, key: [String]? = nil) throws {
    folder = NSTemporaryDirectory() + "loading-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder + "/stage", withIntermediateDirectories: true)
    self.columns = columns.map { name, type in
      ColumnPlan(
        source: name, target: name, sourceType: "", type: type, targetType: SQLiteDialect().sqlType(for: type),
        isNullable: true)
    }
    self.key = key ?? [columns[0].key]
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  func session(busyTimeout: Double = 0.05) -> SQLiteTargetSession {
    SQLiteTargetSession(path: path, busyTimeout: busyTimeout)
  }

  func raw() throws -> RawSQLite { try RawSQLite(path) }

  var createTable: String {
    SQLiteDialect().createTable(target, columns: columns, primaryKey: [], metadataColumns: metadataColumns)
  }

  func prepareRequest(creates: Bool = true, expected: LedgerFence? = nil) throws -> PrepareRequest {
    let fingerprint = try creates ? nil : fingerprint()
    return PrepareRequest(
      target: target, addressing: addressing, columns: columns, metadataColumns: metadataColumns,
      statements: creates ? [createTable] : [], lineage: lineage, run: run, plan: plan, expected: expected,
      fingerprint: fingerprint)
  }

  /// Creates the table in the run, or takes over one that is there.
  func prepare(creates: Bool = true, expected: LedgerFence? = nil) throws {
    try session().prepare(prepareRequest(creates: creates, expected: expected))
  }

  /// Begins the next run on the table as it is now.
  func nextRun() throws {
    let expected = try session().ledger([target])[target]?.fence
    run += 1
    plan = "P\(run)"
    try prepare(creates: false, expected: expected)
  }

  func fingerprint() throws -> String {
    let table = try #require(try session().tables([target])[target])
    let hasher = try SHA256()
    return Array(table.shape.utf8).withUnsafeBytes { hasher.digest($0).hex }
  }

  func request(
    _ part: Int, _ range: PartRange, _ method: LoadMethod, _ staged: StagedPart, attempt: Int = 1,
    window: Window? = nil, replaces: [Int] = []
  ) -> LoadRequest {
    LoadRequest(
      target: target, columns: columns, addressing: addressing, method: method, key: key, mergeKey: mergeKey,
      part: Part(id: part, range: range), window: window, replaces: replaces, metadataColumns: metadataColumns,
      lineage: lineage, run: run, attempt: attempt, plan: plan, stage: stage, staged: staged)
  }

  @discardableResult
  func load(
    _ part: Int, _ rows: [[Staged]], in range: PartRange = .whole, by method: LoadMethod = .replace, attempt: Int = 1,
    window: Window? = nil, replaces: [Int] = []
  ) throws -> LoadResult {
    let staged = try staged([rows])
    return try session().load(
      request(part, range, method, staged, attempt: attempt, window: window, replaces: replaces))
  }

  func finish(parts: [Int]) throws {
    try session().finish(
      FinishRequest(
        target: target, addressing: addressing, columns: columns, metadataColumns: metadataColumns,
        lineage: lineage, run: run, parts: parts))
  }

  /// Writes one staged file for each list of rows.
  func staged(_ files: [[[Staged]]], columns: [ColumnPlan]? = nil) throws -> StagedPart {
    let staged = try files.map { try file($0, columns: columns ?? self.columns) }
    return StagedPart(files: staged, sourceRows: staged.reduce(0) { $0 + $1.rows })
  }

  private func file(_ rows: [[Staged]], columns: [ColumnPlan]) throws -> StagedFile {
    files += 1
    let name = "part-\(files).parquet"
    let schema = Schema(columns.map { ColumnSchema(name: $0.target, type: Self.stagedType($0.type)) })
    let batch = RecordBatch(schema: schema)
    for row in rows {
      for (value, buffer) in zip(row, batch.columns) { try Self.append(value, to: buffer) }
    }
    let writer = try ParquetWriter(path: stage + "/" + name, schema: schema)
    try writer.write(batch)
    let summary = try writer.close()
    return StagedFile(path: name, rows: summary.rows, bytes: summary.bytes, sha256: summary.sha256)
  }

  static func stagedType(_ type: LogicalType) -> ColumnType {
    switch type {
    case .boolean: .bool
    case .integer: .int64
    case .decimal(let precision, let scale): .decimal128(precision: precision, scale: scale)
    case .float: .float64
    case .text, .variant, .uuid: .utf8
    case .binary: .binary
    case .date: .date32
    case .time(let scale): .time64(scale > 6 ? .nanos : .micros)
    case .timestamp(let scale): .timestamp(scale > 6 ? .nanos : .micros, isAdjustedToUTC: false)
    case .instant(let scale): .timestamp(scale > 6 ? .nanos : .micros, isAdjustedToUTC: true)
    }
  }

  private static func append(_ value: Staged, to buffer: ColumnBuffer) throws {
    switch value {
    case .null: buffer.appendNull()
    case .bool(let value): buffer.append(value)
    case .int(let value): buffer.append(value)
    case .real(let value): buffer.append(value)
    case .decimal(let value): buffer.append(decimal: value)
    case .text(let value): try buffer.append(value)
    case .bytes(let value): try value.withUnsafeBytes { try buffer.append(bytes: $0) }
    case .days(let value): buffer.append(days: value)
    }
  }

  /// Rows of an integer and a text, the usual table of these tests.
  static func rows(_ rows: KeyValuePairs<Int64, String>) -> [[Staged]] {
    rows.map { [.int($0.key), .text($0.value)] }
  }

  func contents(_ sql: String = "SELECT * FROM t ORDER BY 1, 2") throws -> [[Cell]] { try raw().rows(sql) }
}

extension World {
  /// The same table in a copy of the target file.
  static func copy(of other: World) throws -> World {
    let world = try World()
    (world.columns, world.key, world.plan) = (other.columns, other.key, other.plan)
    try FileManager.default.copyItem(atPath: other.path, toPath: world.path)
    return world
  }

  /// A table `t` of an integer `id` and a text `name`.
  convenience init() throws {
    try self.init(["id": .integer, "name": .text(length: nil)])
  }
}

/// The code of the loading error that `body` throws; an issue when it throws none.
func loadingError(
  _ sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> LoadingError? {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    return nil
  } catch let error as LoadingError {
    return error
  } catch {
    Issue.record("thrown was \(error)", sourceLocation: sourceLocation)
    return nil
  }
}

func keys(_ from: Int64?, _ to: Int64?) -> PartRange {
  .keys(from: from.map { Bound([.integer($0)]) }, to: to.map { Bound([.integer($0)]) })
}
