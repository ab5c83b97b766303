import Catalogs
import Digests
import Parquet

/// Puts the values of one column, as the binary format has them, into its buffer: what fits the planned type without loss.
///
/// A plain struct, made once for each column of an extraction; docs/types.md lists what converts into what.
struct PostgreSQLColumnFill {
  /// What ``append(_:_:by:to:)`` answers for a value that the type cannot hold.
  static let refused = -1

  /// Microseconds from 1970 to 2000.
  private static let epoch: Int64 = 946_684_800_000_000

  private enum Form: UInt8 {
    case boolean, integer, float, decimal, text, binary, date, time, moment, uuid
    /// Nothing fits.
    case none
  }

  /// The ways from the wire to the buffer that most columns take, each a decision less for every cell.
  private enum Shortcut: UInt8 {
    case none, text, int64, int32, numeric, micros, date, flag
  }

  private let shortcut: Shortcut
  private let wire: PostgreSQLType.Wire
  private let form: Form
  private let isNullable: Bool
  /// Characters of a text, bytes of a binary.
  private let limit: Int
  /// Microseconds that a time must be a multiple of.
  private let grain: Int64
  /// Nanoseconds are asked for.
  private let isFine: Bool
  private let decimal: WireNumeric

  init(_ type: LogicalType, from wire: PostgreSQLType.Wire, isNullable: Bool) {
    self.wire = wire
    self.isNullable = isNullable
    var limit = Int.max
    var scale = 6
    var decimal = WireNumeric(precision: 38, scale: 0)
    let isNumber = [.bool, .int16, .int32, .int64, .oid, .numeric].contains(wire)
    switch type {
    case .boolean: form = [.bool, .int16, .int32, .int64].contains(wire) ? .boolean : .none
    case .integer: form = isNumber ? .integer : .none
    case .float: form = isNumber || wire == .float32 || wire == .float64 ? .float : .none
    case .decimal(let precision, let places):
      form = isNumber ? .decimal : .none
      decimal = WireNumeric(precision: precision, scale: places)
    case .text(let length):
      form = wire == .text ? .text : .none
      limit = length ?? .max
    case .variant: form = wire == .text ? .text : .none
    case .binary(let length):
      form = wire == .bytes ? .binary : .none
      limit = length ?? .max
    case .date: form = wire == .date ? .date : .none
    case .time(let digits):
      form = wire == .time ? .time : .none
      scale = digits
    case .timestamp(let digits):
      form = wire == .timestamp ? .moment : .none
      scale = digits
    case .instant(let digits):
      form = wire == .instant ? .moment : .none
      scale = digits
    case .uuid: form = wire == .uuid ? .uuid : .none
    }
    shortcut =
      switch (form, wire) {
      case (.text, _): .text
      case (.integer, .int64): .int64
      case (.integer, .int32): .int32
      case (.decimal, .numeric): .numeric
      case (.moment, _) where scale == 6: .micros
      case (.date, _): .date
      case (.boolean, .bool): .flag
      default: .none
      }
    self.limit = limit
    self.decimal = decimal
    isFine = scale > 6
    grain = (min(scale, 6)..<6).reduce(1) { grain, _ in grain * 10 }
  }

  /// Bytes that every row takes in the buffer, whatever its value.
  var fixedBytes: Int {
    switch form {
    case .boolean, .none: 1
    case .decimal: 16
    case .date, .text, .binary, .uuid: 5
    case .integer, .float, .time, .moment: 9
    }
  }

  /// - Returns: 0, or ``refused`` when the column takes no NULL.
  @inline(__always)
  static func appendNull(by fill: UnsafePointer<Self>, to buffer: ColumnAppender) -> Int {
    guard fill.pointee.isNullable else { return refused }
    buffer.appendNull()
    return 0
  }

  /// Appends the value of `length` bytes at `value`.
  ///
  /// - Parameter fill: by its address, as a copy of the struct for every cell costs more than most values.
  /// - Returns: bytes it took beyond ``fixedBytes``, or ``refused`` when nothing was appended.
  /// - Throws: ``ParquetError`` for a value beyond 2 GiB.
  @inline(__always)
  static func append(
    _ value: UnsafeRawPointer, _ length: Int, by fill: UnsafePointer<Self>, to buffer: ColumnAppender
  ) throws(ParquetError) -> Int {
    switch fill.pointee.shortcut {
    case .text:
      let text = UnsafeRawBufferPointer(start: value, count: length)
      let characters = UTF8Scan.characters(text)
      guard characters >= 0, characters <= fill.pointee.limit else { return refused }
      try buffer.append(bytes: text)
      return length
    case .int64:
      guard length == 8 else { return refused }
      buffer.append(int64(value))
      return 0
    case .int32:
      guard length == 4 else { return refused }
      buffer.append(Int64(int32(value)))
      return 0
    case .numeric:
      guard let unscaled = fill.pointee.decimal.unscaled(value, length) else { return refused }
      buffer.append(decimal: unscaled)
      return 0
    case .micros:
      guard length == 8, case let micros = int64(value), micros != .max, micros != .min else { return refused }
      let (moment, overflow) = micros.addingReportingOverflow(epoch)
      guard !overflow else { return refused }
      buffer.append(moment)
      return 0
    case .date:
      // Infinite dates are the ends of 32 bits; all others have their place when counted from 1970.
      guard length == 4, case let days = int32(value), days != .max, days != .min else { return refused }
      buffer.append(days: days + 10_957)
      return 0
    case .flag:
      guard length == 1, case let flag = value.load(as: UInt8.self), flag <= 1 else { return refused }
      buffer.append(flag == 1)
      return 0
    case .none: return try fill.pointee.appendOther(value, length, to: buffer)
    }
  }

  @inline(never)
  private func appendOther(_ value: UnsafeRawPointer, _ length: Int, to buffer: ColumnAppender) throws(ParquetError)
    -> Int
  {
    switch form {
    case .integer:
      guard let whole = whole(value, length) else { return Self.refused }
      buffer.append(whole)
      return 0
    case .decimal:
      guard let unscaled = unscaled(value, length) else { return Self.refused }
      buffer.append(decimal: unscaled)
      return 0
    case .moment:
      guard length == 8, let ticks = moment(Self.int64(value)) else { return Self.refused }
      buffer.append(ticks)
      return 0
    case .boolean:
      guard let whole = whole(value, length), whole == 0 || whole == 1 else { return Self.refused }
      buffer.append(whole == 1)
      return 0
    case .float:
      guard let real = real(value, length) else { return Self.refused }
      buffer.append(real)
      return 0
    case .binary:
      guard length <= limit else { return Self.refused }
      try buffer.append(bytes: UnsafeRawBufferPointer(start: value, count: length))
      return length
    case .time:
      guard length == 8, case let time = Self.int64(value), time >= 0, time < 86_400_000_000, time % grain == 0 else {
        return Self.refused
      }
      buffer.append(isFine ? time * 1000 : time)
      return 0
    case .uuid:
      guard length == 16 else { return Self.refused }
      try buffer.append(upTo: 36) { Self.writeUUID(value, to: $0.baseAddress!) }
      return 36
    case .text, .date, .none:
      return Self.refused
    }
  }

  /// A whole number of 64 bits; nil when the value is none.
  @inline(__always)
  private func whole(_ value: UnsafeRawPointer, _ length: Int) -> Int64? {
    switch (wire, length) {
    case (.int64, 8): Self.int64(value)
    case (.int32, 4): Int64(Self.int32(value))
    case (.int16, 2): Int64(Int16(bigEndian: value.loadUnaligned(as: Int16.self)))
    case (.oid, 4): Int64(UInt32(bitPattern: Self.int32(value)))
    case (.bool, 1): Int64(value.load(as: UInt8.self))
    case (.numeric, _): decimal.isWhole ? decimal.unscaled(value, length).flatMap { Int64(exactly: $0) } : nil
    default: nil
    }
  }

  @inline(__always)
  private func unscaled(_ value: UnsafeRawPointer, _ length: Int) -> Int128? {
    wire == .numeric ? decimal.unscaled(value, length) : whole(value, length).flatMap { decimal.unscaled($0) }
  }

  @inline(never)
  private func real(_ value: UnsafeRawPointer, _ length: Int) -> Double? {
    switch (wire, length) {
    case (.float64, 8): Double(bitPattern: UInt64(bitPattern: Self.int64(value)))
    case (.float32, 4): Double(Float(bitPattern: UInt32(bitPattern: Self.int32(value))))
    case (.numeric, _): WireNumeric.real(value, length)
    default: whole(value, length).flatMap { Double(exactly: $0) }
    }
  }

  /// Microseconds since 2000 as those, or nanoseconds, since 1970; nil for infinite times and for what 64 bits do not reach.
  @inline(__always)
  private func moment(_ value: Int64) -> Int64? {
    guard value != .max, value != .min else { return nil }
    let (micros, overflow) = value.addingReportingOverflow(Self.epoch)
    guard !overflow, grain == 1 || micros % grain == 0 else { return nil }
    guard isFine else { return micros }
    let (nanos, tooLarge) = micros.multipliedReportingOverflow(by: 1000)
    return tooLarge ? nil : nanos
  }

  @inline(__always)
  private static func int64(_ value: UnsafeRawPointer) -> Int64 {
    Int64(bigEndian: value.loadUnaligned(as: Int64.self))
  }

  @inline(__always)
  private static func int32(_ value: UnsafeRawPointer) -> Int32 {
    Int32(bigEndian: value.loadUnaligned(as: Int32.self))
  }

  /// Thirty-two lower-case digits in groups of 8, 4, 4, 4 and 12.
  private static func writeUUID(_ value: UnsafeRawPointer, to out: UnsafeMutableRawPointer) -> Int {
    var place = 0
    for (start, count) in [(0, 4), (4, 2), (6, 2), (8, 2), (10, 6)] {
      if start > 0 {
        out.storeBytes(of: UInt8(ascii: "-"), toByteOffset: place, as: UInt8.self)
        place += 1
      }
      HexText.write(UnsafeRawBufferPointer(start: value + start, count: count), to: out + place)
      place += 2 * count
    }
    return place
  }
}
