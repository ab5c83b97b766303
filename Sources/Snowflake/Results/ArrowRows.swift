import Crypto
import Parquet

/// Rows of an Arrow result as the text that a JSON result would have.
///
/// Layouts: what the converters of the open-source drivers read (arrow_iterator of the Python connector). A number is a
/// whole number of any width or a decimal; a time of day or timestamp is a whole number of the column's scale, or a
/// struct of seconds, nanoseconds and for TIMESTAMP_TZ minutes plus 1440.
enum ArrowRows {
  static func read(
    _ bytes: [UInt8], columns: [ResultColumn], queryID: String?
  ) throws(SnowflakeError) -> [[String?]] {
    func damaged(_ message: String, _ error: (any Error)? = nil) -> SnowflakeError {
      SnowflakeError(
        .unexpectedAnswer, outcome: .executed, operation: "read the result", message: message, queryID: queryID,
        underlying: error)
    }
    do {
      let stream = try ArrowStream(bytes)
      guard stream.columns.count == columns.count else { throw damaged("its columns are not those announced") }
      var rows: [[String?]] = []
      while let batch = try stream.next() {
        for row in 0..<batch.rows {
          var values: [String?] = []
          for (column, vector) in zip(columns, batch.columns) {
            guard !isNull(vector, row) else {
              values.append(nil)
              continue
            }
            guard let text = text(vector, row, column) else {
              let format = vector.field.format
              throw damaged("column \(column.name) of type \(column.type) is laid out in an unknown way (\(format))")
            }
            values.append(text)
          }
          rows.append(values)
        }
        // Vectors point into the batch.
        withExtendedLifetime(batch) {}
      }
      return rows
    } catch let error as SnowflakeError {
      throw error
    } catch {
      throw damaged("it is damaged", error)
    }
  }

  /// A timestamp may be null as a whole, or have no seconds.
  private static func isNull(_ vector: ArrowVector, _ row: Int) -> Bool {
    vector.isNull(row) || vector.children.first { $0.field.name == "epoch" }?.isNull(row) == true
  }

  /// Nil when the layout is none that is known for the type.
  private static func text(_ vector: ArrowVector, _ row: Int, _ column: ResultColumn) -> String? {
    guard !vector.field.isDictionary else { return nil }
    switch column.type {
    case "fixed":
      if let value = vector.int64(row) { return point(Int128(value), column.scale ?? 0) }
      if let value = vector.int128(row) { return point(value, scale(of: vector) ?? column.scale ?? 0) }
      return vector.double(row).map { "\($0)" }
    case "real": return vector.double(row).map { "\($0)" }
    case "decfloat": return decimalFloat(vector, row)
    case "boolean": return vector.bool(row).map { $0 ? "1" : "0" }
    case "date": return vector.int64(row).map { "\($0)" }
    case "time": return vector.int64(row).map { point(Int128($0), column.scale ?? 9) }
    case "timestamp_ntz", "timestamp_ltz", "timestamp_tz": return timestamp(vector, row, column)
    case "binary": return vector.bytes(row).map { Hex.encode($0).uppercased() }
    default:
      if let bytes = vector.bytes(row) { return String(decoding: bytes, as: UTF8.self) }
      return vector.int64(row).map { "\($0)" }
    }
  }

  private static func timestamp(_ vector: ArrowVector, _ row: Int, _ column: ResultColumn) -> String? {
    let scale = column.scale ?? 9
    if let value = vector.int64(row) { return column.type == "timestamp_tz" ? nil : point(Int128(value), scale) }
    func part(_ name: String) -> Int64? {
      vector.children.first { $0.field.name == name }?.int64(row)
    }
    guard vector.children.allSatisfy({ !$0.isNull(row) }), let epoch = part("epoch") else { return nil }
    // Without nanoseconds the seconds are in units of the column's scale.
    let instant =
      part("fraction").map { point(Int128(epoch) * 1_000_000_000 + Int128($0), 9) } ?? point(Int128(epoch), scale)
    guard column.type == "timestamp_tz" else { return instant }
    return part("timezone").map { "\(instant) \($0)" }
  }

  /// A struct of an exponent of ten and a big-endian whole number.
  private static func decimalFloat(_ vector: ArrowVector, _ row: Int) -> String? {
    guard vector.children.count == 2, let exponent = vector.children[0].int64(row),
      let bytes = vector.children[1].bytes(row), bytes.count <= 16
    else { return nil }
    let start: Int128 = (bytes.first ?? 0) >= 0x80 ? -1 : 0
    let significand = bytes.reduce(start) { $0 << 8 | Int128($1) }
    return exponent == 0 ? "\(significand)" : "\(significand)e\(exponent)"
  }

  /// `d:38,2` has scale 2.
  private static func scale(of vector: ArrowVector) -> Int? {
    vector.field.format.split(separator: ",").last.flatMap { Int($0) }
  }

  /// A whole number of its `scale`th decimal place: -5 with 2 is `-0.05`.
  static func point(_ value: Int128, _ scale: Int) -> String {
    guard scale > 0 else { return "\(value)" }
    let digits = "\(value.magnitude)"
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
    return (value < 0 ? "-" : "") + padded.dropLast(scale) + "." + padded.suffix(scale)
  }
}
