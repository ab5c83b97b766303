import Catalogs
import Digests
import GRDBSQLite
import Parquet

/// Puts the values of one column into its buffer: what fits the planned type without loss, in the form of that type.
///
/// A plain struct, made once for each column of an extraction; docs/types.md lists what converts into what.
struct SQLiteColumnFill {
  /// What ``append(_:to:)`` answers for a value that the type cannot hold.
  static let refused = -1

  private enum Kind: UInt8 {
    case boolean, integer, decimal, float, text, binary, date, time, timestamp, instant, variant, uuid
  }

  private let kind: Kind
  private let isNullable: Bool
  /// Digits behind the second.
  private let scale: Int
  /// Characters of a text, bytes of a binary.
  private let limit: Int
  private let decimal: ExactDecimal

  init(_ type: LogicalType, isNullable: Bool) {
    var scale = 0
    var limit = Int.max
    var decimal = ExactDecimal(precision: 1, scale: 0)
    switch type {
    case .boolean: kind = .boolean
    case .integer: kind = .integer
    case .decimal(let precision, let places):
      kind = .decimal
      decimal = ExactDecimal(precision: precision, scale: places)
    case .float: kind = .float
    case .text(let length):
      kind = .text
      limit = length ?? .max
    case .binary(let length):
      kind = .binary
      limit = length ?? .max
    case .date: kind = .date
    case .time(let digits):
      kind = .time
      scale = digits
    case .timestamp(let digits):
      kind = .timestamp
      scale = digits
    case .instant(let digits):
      kind = .instant
      scale = digits
    case .variant: kind = .variant
    case .uuid: kind = .uuid
    }
    self.isNullable = isNullable
    self.scale = scale
    self.limit = limit
    self.decimal = decimal
  }

  /// Bytes that every row takes in the buffer, whatever its value.
  var fixedBytes: Int {
    switch kind {
    case .boolean: 1
    case .decimal: 16
    case .date, .text, .binary, .variant, .uuid: 5
    case .integer, .float, .time, .timestamp, .instant: 9
    }
  }

  /// Appends a row's value.
  ///
  /// - Returns: bytes it took beyond ``fixedBytes``, or ``refused`` when nothing was appended.
  /// - Throws: ``ParquetError`` for a value beyond 2 GiB.
  @inline(__always)
  func append(_ value: OpaquePointer, to buffer: ColumnAppender) throws(ParquetError) -> Int {
    let storage = sqlite3_value_type(value)
    if storage == SQLITE_NULL {
      guard isNullable else { return Self.refused }
      buffer.appendNull()
      return 0
    }
    switch kind {
    case .integer:
      if storage == SQLITE_INTEGER {
        buffer.append(sqlite3_value_int64(value))
        return 0
      }
      return convertToInteger(value, storage, buffer)
    case .text:
      if storage == SQLITE_TEXT {
        let text = textBytes(value)
        let characters = UTF8Scan.characters(text)
        guard characters >= 0, characters <= limit else { return Self.refused }
        try buffer.append(bytes: text)
        return text.count
      }
      return try convertToText(value, storage, buffer)
    case .float:
      if storage == SQLITE_FLOAT {
        buffer.append(sqlite3_value_double(value))
        return 0
      }
      guard storage == SQLITE_INTEGER, let real = Double(exactly: sqlite3_value_int64(value)) else {
        return Self.refused
      }
      buffer.append(real)
      return 0
    case .boolean:
      guard storage == SQLITE_INTEGER, case let whole = sqlite3_value_int64(value), whole == 0 || whole == 1 else {
        return Self.refused
      }
      buffer.append(whole == 1)
      return 0
    case .decimal:
      guard let unscaled = unscaled(value, storage) else { return Self.refused }
      buffer.append(decimal: unscaled)
      return 0
    case .binary:
      guard storage == SQLITE_BLOB else { return Self.refused }
      let bytes = blobBytes(value)
      guard bytes.count <= limit else { return Self.refused }
      try buffer.append(bytes: bytes)
      return bytes.count
    case .date:
      guard storage == SQLITE_TEXT, let days = TemporalText.days(textBytes(value)) else { return Self.refused }
      buffer.append(days: days)
      return 0
    case .time, .timestamp, .instant:
      guard storage == SQLITE_TEXT, let ticks = ticks(textBytes(value)) else { return Self.refused }
      buffer.append(ticks)
      return 0
    case .variant:
      return try appendVariant(value, storage, buffer)
    case .uuid:
      guard storage == SQLITE_TEXT, case let text = textBytes(value), Self.isUUID(text) else { return Self.refused }
      try buffer.append(bytes: text)
      return text.count
    }
  }

  /// A real without fraction, or a text that is just how a whole number is written.
  @inline(never)
  private func convertToInteger(_ value: OpaquePointer, _ storage: Int32, _ buffer: ColumnAppender) -> Int {
    var whole: Int64?
    switch storage {
    case SQLITE_FLOAT:
      let real = sqlite3_value_double(value)
      if real != 0 || real.sign == .plus { whole = Int64(exactly: real) }
    case SQLITE_TEXT:
      whole = Self.wholeNumber(textBytes(value))
    default: break
    }
    guard let whole else { return Self.refused }
    buffer.append(whole)
    return 0
  }

  /// Numbers as SQL would write them; bytes are no text.
  @inline(never)
  private func convertToText(
    _ value: OpaquePointer, _ storage: Int32, _ buffer: ColumnAppender
  ) throws(ParquetError) -> Int {
    guard storage != SQLITE_BLOB else { return Self.refused }
    return try withUnsafeTemporaryAllocation(byteCount: NumberText.realSize, alignment: 8) {
      room throws(ParquetError) in
      let length =
        storage == SQLITE_INTEGER
        ? NumberText.write(sqlite3_value_int64(value), to: room.baseAddress!)
        : NumberText.writeShortest(sqlite3_value_double(value), to: room.baseAddress!)
      guard length <= limit else { return Self.refused }
      try buffer.append(bytes: UnsafeRawBufferPointer(rebasing: room[..<length]))
      return length
    }
  }

  private func unscaled(_ value: OpaquePointer, _ storage: Int32) -> Int128? {
    switch storage {
    case SQLITE_INTEGER: decimal.unscaled(sqlite3_value_int64(value))
    case SQLITE_FLOAT: decimal.unscaled(sqlite3_value_double(value))
    case SQLITE_TEXT: decimal.unscaled(text: textBytes(value))
    default: nil
    }
  }

  /// Micro- or nanoseconds, by scale, of midnight or 1970; nil when the text says more than the type holds.
  private func ticks(_ text: UnsafeRawBufferPointer) -> Int64? {
    if kind == .time {
      guard let clock = TemporalText.clock(text), clock.length == text.count, clock.digits <= scale else { return nil }
      return scale <= 6
        ? clock.seconds * 1_000_000 + clock.nanoseconds / 1000
        : clock.seconds * 1_000_000_000 + clock.nanoseconds
    }
    guard var moment = TemporalText.moment(text), moment.digits <= scale else { return nil }
    if kind == .instant {
      guard let zone = TemporalText.zone(UnsafeRawBufferPointer(rebasing: text[moment.length...])) else { return nil }
      moment.seconds -= zone
    } else if moment.length != text.count {
      return nil
    }
    return scale <= 6 ? moment.seconds * 1_000_000 + moment.nanoseconds / 1000 : TemporalText.nanoseconds(moment)
  }

  private func appendVariant(
    _ value: OpaquePointer, _ storage: Int32, _ buffer: ColumnAppender
  ) throws(ParquetError) -> Int {
    switch storage {
    case SQLITE_INTEGER:
      let whole = sqlite3_value_int64(value)
      try buffer.append(upTo: NumberText.integerSize) { NumberText.write(whole, to: $0.baseAddress!) }
      return NumberText.integerSize
    case SQLITE_FLOAT:
      let real = sqlite3_value_double(value)
      try buffer.append(upTo: NumberText.realSize) { VariantText.writeReal(real, to: $0.baseAddress!) }
      return NumberText.realSize
    case SQLITE_TEXT:
      let text = textBytes(value)
      // A NUL character is plain in JSON, where it is escaped; only what is no UTF-8 needs another form.
      if UTF8Scan.isUTF8(text) {
        let size = VariantText.stringSize(text)
        try buffer.append(upTo: size) { VariantText.writeString(text, to: $0.baseAddress!) }
        return size
      }
      return try appendHex("$text", text, buffer)
    default:
      return try appendHex("$binary", blobBytes(value), buffer)
    }
  }

  private func appendHex(
    _ key: StaticString, _ bytes: UnsafeRawBufferPointer, _ buffer: ColumnAppender
  ) throws(ParquetError) -> Int {
    let size = VariantText.hexSize(key, bytes.count)
    try buffer.append(upTo: size) { VariantText.writeHex(key, bytes, to: $0.baseAddress!) }
    return size
  }

  /// `-?` and digits without a leading zero, within 64 bits; nil for any other text.
  private static func wholeNumber(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard (1...NumberText.integerSize).contains(text.count),
      let value = Int64(String(decoding: text, as: UTF8.self))
    else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: NumberText.integerSize, alignment: 8) { room in
      let length = NumberText.write(value, to: room.baseAddress!)
      return room[..<length].elementsEqual(text) ? value : nil
    }
  }

  /// Thirty-two hexadecimal digits in groups of 8, 4, 4, 4 and 12.
  private static func isUUID(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count == 36 else { return false }
    for (index, byte) in text.enumerated() {
      switch index {
      case 8, 13, 18, 23:
        if byte != UInt8(ascii: "-") { return false }
      default:
        if Character(UnicodeScalar(byte)).hexDigitValue == nil { return false }
      }
    }
    return true
  }
}
