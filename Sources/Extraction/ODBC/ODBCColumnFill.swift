import Catalogs
import ODBC
import Parquet

/// Puts the values of one bound column into a batch: what fits the planned type without loss.
///
/// The way from the driver's buffer to the staged column is chosen once for each column of an extraction; a block is then
/// copied column by column.
struct ODBCColumnFill {
  private enum Form: UInt8 {
    case boolean, integer, float, decimal, date, time, moment, wideText, narrowText, binary, hex, uuid
    /// Nothing fits.
    case none
  }

  private let form: Form
  private let layout: ODBCLayout
  private let isNullable: Bool
  /// Characters of a text, bytes of a binary.
  private let limit: Int
  private let decimal: ExactDecimal
  private let clock: ODBCClock

  init(_ type: LogicalType, from layout: ODBCLayout, isNullable: Bool) {
    self.layout = layout
    self.isNullable = isNullable
    var limit = Int.max
    var decimal = ExactDecimal(precision: 38, scale: 0)
    var scale = 6
    let isNumber =
      switch layout {
      case .bit, .int16, .int32, .int64, .narrow: true
      default: false
      }
    let isReal = layout == .float || layout == .double
    let isNarrow = if case .narrow = layout { true } else { false }
    let isWide = if case .wide = layout { true } else { false }
    switch type {
    case .boolean: form = isNumber ? .boolean : .none
    case .integer: form = isNumber ? .integer : .none
    case .float: form = isNumber || isReal ? .float : .none
    case .decimal(let precision, let places):
      form = isNumber ? .decimal : .none
      decimal = ExactDecimal(precision: precision, scale: places)
    case .text(let length):
      form = isWide ? .wideText : isNarrow ? .narrowText : .none
      limit = length ?? .max
    case .variant: form = isWide ? .wideText : isNarrow ? .narrowText : .none
    case .binary(let length):
      form = if case .binary = layout { .binary } else { isNarrow ? .hex : .none }
      limit = length ?? .max
    case .date: form = isNarrow || layout == .date ? .date : .none
    case .time(let digits):
      form = isNarrow ? .time : .none
      scale = digits
    case .timestamp(let digits), .instant(let digits):
      form = isNarrow || layout == .timestamp ? .moment : .none
      scale = digits
    case .uuid: form = layout == .guid ? .uuid : isNarrow ? .narrowText : isWide ? .wideText : .none
    }
    self.limit = limit
    self.decimal = decimal
    clock = ODBCClock(scale: scale)
  }

  /// Appends the cells of `rows`.
  ///
  /// - Returns: bytes of text and binary, and the first row that the type cannot hold, at which it stopped.
  /// - Throws: ``ParquetError`` for more than 2 GiB in one batch.
  func append(
    _ cells: ODBCBuffer, rows: Range<Int>, to buffer: ColumnAppender
  ) throws(ParquetError) -> (bytes: Int, refused: Int?) {
    var bytes = 0
    for row in rows {
      if cells.isNull(row) {
        guard isNullable else { return (bytes, row) }
        buffer.appendNull()
        continue
      }
      let used = try append(cells, row, to: buffer)
      guard used >= 0 else { return (bytes, row) }
      bytes += used
    }
    return (bytes, nil)
  }

  /// Appends one value that is neither NULL nor truncated; -1 when the type cannot hold it.
  @inline(__always)
  private func append(_ cells: ODBCBuffer, _ row: Int, to buffer: ColumnAppender) throws(ParquetError) -> Int {
    switch form {
    case .integer:
      guard let whole = whole(cells, row) else { return -1 }
      buffer.append(whole)
    case .float:
      guard let real = real(cells, row) else { return -1 }
      buffer.append(real)
    case .decimal:
      guard let unscaled = unscaled(cells, row) else { return -1 }
      buffer.append(decimal: unscaled)
    case .boolean:
      guard let flag = flag(cells, row) else { return -1 }
      buffer.append(flag)
    case .date:
      let days =
        layout == .date ? ODBCClock.days(cells.load(row, as: ODBCDate.self)) : TemporalText.days(cells.bytes(row))
      guard let days else { return -1 }
      buffer.append(days: days)
    case .moment:
      let moment =
        layout == .timestamp
        ? clock.moment(cells.load(row, as: ODBCTimestamp.self)) : clock.moment(text: cells.bytes(row))
      guard let moment else { return -1 }
      buffer.append(moment)
    case .time:
      guard let time = clock.time(text: cells.bytes(row)) else { return -1 }
      buffer.append(time)
    case .wideText: return try appendText(cells.units(row), to: buffer)
    case .narrowText, .binary, .hex: return try append(bytes: cells.bytes(row), to: buffer)
    case .uuid:
      try buffer.append(upTo: 36) { ODBCClock.writeGUID(cells.values + row * cells.layout.stride, to: $0.baseAddress!) }
      return 36
    case .none: return -1
    }
    return 0
  }

  /// Appends a streamed value, UTF-8 or bytes; -1 when the type cannot hold it.
  func append(bytes: UnsafeRawBufferPointer, to buffer: ColumnAppender) throws(ParquetError) -> Int {
    if form == .hex { return try HexDigits.append(bytes, upTo: limit, to: buffer) }
    if form == .binary {
      guard bytes.count <= limit else { return -1 }
    } else {
      let characters = UTF8Scan.characters(bytes)
      guard form != .none, characters >= 0, characters <= limit else { return -1 }
    }
    try buffer.append(bytes: bytes)
    return bytes.count
  }

  /// Appends a streamed NULL; false when the column takes none.
  func appendNull(to buffer: ColumnAppender) -> Bool {
    guard isNullable else { return false }
    buffer.appendNull()
    return true
  }

  private func appendText(
    _ units: UnsafeBufferPointer<UInt16>, to buffer: ColumnAppender
  ) throws(ParquetError) -> Int {
    // A unit becomes three bytes at the most, and a pair of them four.
    var characters = 0
    var isText = true
    var length = 0
    try buffer.append(upTo: units.count * 3) { room in
      (length, characters) = WideText.write(units, to: room)
      isText = length >= 0
      return max(0, length)
    }
    return isText && characters <= limit ? length : -1
  }

  private func whole(_ cells: ODBCBuffer, _ row: Int) -> Int64? {
    switch layout {
    case .int64: cells.load(row, as: Int64.self)
    case .int32: Int64(cells.load(row, as: Int32.self))
    case .int16: Int64(cells.load(row, as: Int16.self))
    case .bit: Int64(cells.load(row, as: UInt8.self))
    default: ODBCNumber.decimal(cells.bytes(row), decimal).flatMap { Int64(exactly: $0) }
    }
  }

  private func unscaled(_ cells: ODBCBuffer, _ row: Int) -> Int128? {
    if case .narrow = layout { return ODBCNumber.decimal(cells.bytes(row), decimal) }
    return whole(cells, row).flatMap { decimal.unscaled($0) }
  }

  private func real(_ cells: ODBCBuffer, _ row: Int) -> Double? {
    switch layout {
    case .double: cells.load(row, as: Double.self)
    case .float: Double(cells.load(row, as: Float.self))
    case .narrow: ODBCNumber.real(cells.bytes(row))
    default: whole(cells, row).flatMap { Double(exactly: $0) }
    }
  }

  private func flag(_ cells: ODBCBuffer, _ row: Int) -> Bool? {
    if case .narrow = layout {
      let text = cells.bytes(row)
      guard text.count == 1 else { return nil }
      switch text[0] {
      case UInt8(ascii: "1"), UInt8(ascii: "t"): return true
      case UInt8(ascii: "0"), UInt8(ascii: "f"): return false
      default: return nil
      }
    }
    guard let whole = whole(cells, row), whole == 0 || whole == 1 else { return nil }
    return whole == 1
  }
}
