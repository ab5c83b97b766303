import GRDBSQLite
import Glibc
import Plans

/// One value of a key, kept to be compared with the values of rows the way SQLite compares them.
///
/// Numbers come before text, text before bytes; whole and real numbers are compared by their exact value.
/// Source: https://www.sqlite.org/datatype3.html section 4.1; collations: section 7.
final class SQLiteKeyCell {
  private enum Class: UInt8 {
    case integer, real, text, bytes
  }

  private let collation: SQLiteCollation
  private var kind = Class.integer
  private var integer: Int64 = 0
  private var real = 0.0
  private var bytes: UnsafeMutableRawPointer
  private var count = 0
  private var capacity: Int

  init(_ collation: SQLiteCollation) {
    self.collation = collation
    capacity = 64
    bytes = .allocate(byteCount: 64, alignment: 1)
  }

  convenience init(_ value: KeyValue, _ collation: SQLiteCollation) {
    self.init(collation)
    switch value {
    case .integer(let value): integer = value
    case .real(let value):
      kind = .real
      real = value
    case .text(var text):
      kind = .text
      text.withUTF8 { keep(UnsafeRawBufferPointer($0)) }
    case .bytes(let value):
      kind = .bytes
      value.withUnsafeBytes { keep($0) }
    }
  }

  deinit {
    bytes.deallocate()
  }

  /// Takes over the value of a row; it must not be NULL.
  func take(_ value: OpaquePointer) {
    switch sqlite3_value_type(value) {
    case SQLITE_INTEGER:
      kind = .integer
      integer = sqlite3_value_int64(value)
    case SQLITE_FLOAT:
      kind = .real
      real = sqlite3_value_double(value)
    case SQLITE_TEXT:
      kind = .text
      keep(textBytes(value))
    default:
      kind = .bytes
      keep(blobBytes(value))
    }
  }

  /// Less than, equal to or greater than zero as `value`, which must not be NULL, comes before, at or after this one.
  func order(of value: OpaquePointer) -> Int {
    switch sqlite3_value_type(value) {
    case SQLITE_INTEGER:
      let other = sqlite3_value_int64(value)
      switch kind {
      case .integer: return other < integer ? -1 : other == integer ? 0 : 1
      case .real: return Self.order(other, real)
      default: return -1
      }
    case SQLITE_FLOAT:
      let other = sqlite3_value_double(value)
      switch kind {
      case .integer: return -Self.order(integer, other)
      case .real: return other < real ? -1 : other == real ? 0 : 1
      default: return -1
      }
    case SQLITE_TEXT:
      return kind == .text ? textOrder(textBytes(value)) : kind == .bytes ? -1 : 1
    default:
      return kind == .bytes ? Self.order(blobBytes(value), kept) : 1
    }
  }

  /// The value as a plan writes it; nil for text that is not UTF-8.
  var keyValue: KeyValue? {
    switch kind {
    case .integer: .integer(integer)
    case .real: .real(real)
    case .text: String(validating: kept, as: UTF8.self).map { .text($0) }
    case .bytes: .bytes(Array(kept))
    }
  }

  private var kept: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }

  private func textOrder(_ other: UnsafeRawBufferPointer) -> Int {
    switch collation {
    case .binary:
      return Self.order(other, kept)
    case .rtrim:
      return Self.order(Self.trimmed(other), Self.trimmed(kept))
    case .nocase:
      let order = sqlite3_strnicmp(
        other.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.assumingMemoryBound(to: CChar.self),
        Int32(min(other.count, count)))
      return order == 0 ? other.count - count : Int(order)
    }
  }

  private func keep(_ value: UnsafeRawBufferPointer) {
    if value.count > capacity {
      bytes.deallocate()
      capacity = value.count * 2
      bytes = .allocate(byteCount: capacity, alignment: 1)
    }
    if let start = value.baseAddress { bytes.copyMemory(from: start, byteCount: value.count) }
    count = value.count
  }

  private static func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let shared = min(a.count, b.count)
    let order = shared == 0 ? 0 : Int(memcmp(a.baseAddress!, b.baseAddress!, shared))
    return order == 0 ? a.count - b.count : order
  }

  private static func trimmed(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = text.count
    while end > 0, text[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: text[..<end])
  }

  /// Exact: a 64-bit whole number need not have a double of its own.
  private static func order(_ whole: Int64, _ real: Double) -> Int {
    if real >= 0x1p63 { return -1 }
    if real < -0x1p63 { return 1 }
    let floor = Int64(real.rounded(.down))
    if whole != floor { return whole < floor ? -1 : 1 }
    return Double(floor) == real ? 0 : -1
  }
}

/// The bytes of a text value as the file has them, valid until the statement moves on.
@inline(__always)
func textBytes(_ value: OpaquePointer) -> UnsafeRawBufferPointer {
  let start = sqlite3_value_text(value)
  return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
}

/// The bytes of a blob value, valid until the statement moves on; an empty one may have no address.
@inline(__always)
func blobBytes(_ value: OpaquePointer) -> UnsafeRawBufferPointer {
  let start = sqlite3_value_blob(value)
  return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
}
