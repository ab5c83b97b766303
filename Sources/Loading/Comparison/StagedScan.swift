import Catalogs
import Parquet
package import Plans

/// Reads staged files row by row, as values of the plan's types.
package struct StagedScan {
  private let columns: [ColumnPlan]
  private let stage: String

  /// - Parameter stage: the stage's root directory.
  package init(_ columns: [ColumnPlan], stage: String) {
    self.columns = columns
    self.stage = stage
  }

  /// The digest of all rows of `files`.
  ///
  /// - Throws: ``LoadingError`` when a file is missing or damaged.
  package func digest(of files: [StagedFile], place: String) throws -> RowDigest {
    var digest = RowDigest()
    try read(files, place: place, ComparedRow(columns: columns.count, key: [])) {
      digest.add(high: $0.high, low: $0.low)
    }
    return digest
  }

  /// Hands over the mark of every row of `files`; `row` has its values until the next.
  ///
  /// - Throws: ``LoadingError`` when a file is missing or damaged; what `body` throws.
  package func read(_ files: [StagedFile], place: String, _ row: ComparedRow, _ body: (RowMark) throws -> Void) throws {
    for file in files {
      do {
        let reader = try ParquetReader(
          path: StagedFileCheck.path(of: file, stage: stage), columns: columns.map(\.target))
        let forms = try zip(columns, reader.schema.columns).map { plan, column in
          guard let form = StagedForm(plan.type, staged: column.type) else {
            throw LoadingError(
              .fileDamaged, at: place, "the staged file \(file.path) has column \(plan.target) as \(column.type)")
          }
          return form
        }
        while let batch = try reader.next() {
          try withExtendedLifetime(batch) {
            for index in 0..<batch.rows {
              for (form, column) in zip(forms, batch.columns) { form.append(column, index, to: row) }
              try body(row.finish())
            }
          }
        }
      } catch let error as ParquetError {
        throw LoadingError(error, file: file, place: place)
      }
    }
  }
}

/// How values of one staged column become canonical text.
private struct StagedForm {
  private enum Form {
    case boolean, integer, float, text, uuid, binary, date, variant
    case decimal(scale: Int)
    case time(scale: Int, digits: Int)
    case timestamp(scale: Int, digits: Int, letter: Unicode.Scalar)
  }

  private let form: Form

  /// Nil when values of the staged type are none of the plan's type.
  init?(_ type: LogicalType, staged: ColumnType) {
    func digits(_ unit: TimeUnit) -> Int { unit == .nanos ? 9 : 6 }
    switch (type, staged) {
    case (.boolean, .bool): form = .boolean
    case (.integer, .int64): form = .integer
    case (.decimal(_, let scale), .decimal128): form = .decimal(scale: scale)
    case (.float, .float64): form = .float
    case (.text, .utf8): form = .text
    case (.uuid, .utf8): form = .uuid
    case (.binary, .binary): form = .binary
    case (.date, .date32): form = .date
    case (.time(let scale), .time64(let unit)): form = .time(scale: scale, digits: digits(unit))
    case (.timestamp(let scale), .timestamp(let unit, isAdjustedToUTC: false)):
      form = .timestamp(scale: scale, digits: digits(unit), letter: "p")
    case (.instant(let scale), .timestamp(let unit, isAdjustedToUTC: true)):
      form = .timestamp(scale: scale, digits: digits(unit), letter: "z")
    case (.variant, .utf8): form = .variant
    default: return nil
    }
  }

  func append(_ column: ReadColumn, _ row: Int, to out: ComparedRow) {
    if column.isNull(row) { return out.appendNull() }
    switch form {
    case .boolean: out.append(boolean: column.bool(row))
    case .integer: out.append(integer: column.int64(row))
    case .decimal(let scale): out.append(DecimalText(unscaled: column.decimal(row), scale: scale))
    case .float: out.append(real: column.double(row))
    case .text: out.append("s", column.bytes(row))
    case .uuid: out.append("u", column.bytes(row))
    case .binary: out.append(blob: column.bytes(row))
    case .date:
      let days = Int(column.days(row))
      out.append("d", clock: { ClockText.writeDate(days, to: $0) }, else: Int64(days))
    case .time(let scale, let digits):
      let value = column.int64(row)
      let nanos = digits == 9 ? value : value * 1000
      out.append("h", clock: { ClockText.writeTime(nanos, scale: scale, to: $0) }, else: value)
    case .timestamp(let scale, let digits, let letter):
      let value = column.int64(row)
      let nanos = Int128(value) * (digits == 9 ? 1 : 1000)
      out.append(letter, clock: { ClockText.writeTimestamp(nanos, scale: scale, to: $0) }, else: value)
    case .variant: Self.append(variant: column.bytes(row), to: out)
    }
  }

  private static func append(variant json: UnsafeRawBufferPointer, to out: ComparedRow) {
    switch VariantText(json) {
    case .integer(let value)?: out.append(integer: value)
    case .real(let value)?: out.append(real: value)
    case .text(let bytes)?: out.append("s", bytes)
    case .madeText(let bytes)?: bytes.withUnsafeBytes { out.append("s", $0) }
    case .bytes(let bytes)?: bytes.withUnsafeBytes { out.append(blob: $0) }
    case nil: out.append("?", json)
    }
  }
}
