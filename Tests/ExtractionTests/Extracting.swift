import Catalogs
import Crypto
import Extraction
import Parquet
import Plans
import Testing

/// What a test reads back from staged files: one text for each value, told apart by kind, and `NULL`.
typealias StagedRows = [[String]]

/// A source that a test made, with a directory of its own.
protocol Sample {
  var directory: String { get }
}

extension SampleDatabase: Sample {}

extension Sample {
  var stage: String { directory + "/stage" }

  /// A plan for every column of `table`, in the types the table's columns have.
  static func columns(_ table: Table) -> [ColumnPlan] {
    table.columns.map {
      ColumnPlan(
        source: $0.name, target: $0.name, sourceType: $0.declaredType, type: $0.type, targetType: "",
        isNullable: true)
    }
  }

  /// A request for one part of a table as it is now.
  func request(
    _ table: Table, columns: [ColumnPlan]? = nil, filter: String? = nil, key: PartitionKey? = nil,
    range: PartRange = .whole, window: Window? = nil, prefix: String = "run/part", memory: Int = 8 << 20,
    fileBytes: Int = 64 << 20, digestColumns: [String]? = nil
  ) throws -> ExtractRequest {
    ExtractRequest(
      table: table.name, columns: columns ?? Self.columns(table), filter: filter, key: key, range: range,
      window: window, fingerprint: try Self.fingerprint(table), stage: stage, prefix: prefix, memory: memory,
      fileBytes: fileBytes, digestColumns: digestColumns)
  }

  static func fingerprint(_ table: Table) throws -> String {
    var shape = table.shape
    let digest = try shape.withUTF8 { try SHA256().digest(UnsafeRawBufferPointer($0)) }
    return digest.hex
  }

  /// The rows of all files of a part, in order.
  func read(_ part: StagedPart) throws -> StagedRows {
    var rows: StagedRows = []
    for file in part.files {
      let reader = try ParquetReader(path: stage + "/" + file.path)
      #expect(reader.rows == file.rows)
      #expect(try SHA256.digest(ofFile: stage + "/" + file.path).hex == file.sha256)
      while let batch = try reader.next() {
        for row in 0..<batch.rows { rows.append(batch.columns.map { text(of: $0, row) }) }
      }
    }
    return rows
  }

  private func text(of column: ReadColumn, _ row: Int) -> String {
    if column.isNull(row) { return "NULL" }
    switch column.type {
    case .bool: return "\(column.bool(row))"
    case .int64: return "\(column.int64(row))"
    case .float64: return "\(column.double(row))"
    case .decimal128(_, let scale): return "\(column.decimal(row))e-\(scale)"
    case .utf8: return "'" + String(decoding: column.bytes(row), as: UTF8.self) + "'"
    case .binary:
      return "x" + column.bytes(row).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    case .date32: return "day \(column.days(row))"
    case .time64, .timestamp: return "tick \(column.int64(row))"
    }
  }
}

/// Parts between `bounds`: open below and above, and one for NULL keys where there may be some.
func parts(_ bounds: [Bound], withNull: Bool) -> [Part] {
  let ends: [Bound?] = [nil] + bounds + [nil]
  var parts = zip(ends, ends.dropFirst()).enumerated().map { Part(id: $0 + 1, range: .keys(from: $1.0, to: $1.1)) }
  if withNull { parts.append(Part(id: parts.count + 1, range: .nullKey)) }
  return parts
}
