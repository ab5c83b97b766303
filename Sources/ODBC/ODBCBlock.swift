import CODBC

/// Buffers for so many rows of a result's first columns, filled by the driver itself.
///
/// A column's buffer is typed: one cell behind the other, without an object each. Where the layout is Arrow's own (numbers)
/// the buffer can be handed on as it is.
package final class ODBCBlock {
  /// Rows that one fetch brings at the most.
  package let capacity: Int
  package let buffers: [ODBCBuffer]
  let fetched = UnsafeMutablePointer<SQLULEN>.allocate(capacity: 1)
  let status: UnsafeMutablePointer<SQLUSMALLINT>

  package init(capacity: Int, _ layouts: [ODBCLayout]) {
    self.capacity = capacity
    buffers = layouts.map { ODBCBuffer($0, rows: capacity) }
    status = .allocate(capacity: capacity)
    status.initialize(repeating: 0, count: capacity)
    fetched.initialize(to: 0)
  }

  deinit {
    status.deallocate()
    fetched.deallocate()
  }

  /// Bytes of memory that a row takes in a block of these columns.
  package static func bytesPerRow(_ layouts: [ODBCLayout]) -> Int {
    layouts.reduce(0) { $0 + $1.stride + MemoryLayout<SQLLEN>.stride } + MemoryLayout<SQLUSMALLINT>.stride
  }
}

/// One column's cells and their indicators.
package final class ODBCBuffer {
  package let layout: ODBCLayout
  package let values: UnsafeMutableRawPointer
  let indicators: UnsafeMutablePointer<SQLLEN>

  init(_ layout: ODBCLayout, rows: Int) {
    self.layout = layout
    values = .allocate(byteCount: layout.stride * rows, alignment: 16)
    indicators = .allocate(capacity: rows)
    indicators.initialize(repeating: 0, count: rows)
  }

  deinit {
    values.deallocate()
    indicators.deallocate()
  }

  package func isNull(_ row: Int) -> Bool { indicators[row] == SQLLEN(SQL_NULL_DATA) }

  /// Whether the value did not fit.
  ///
  /// Told by the indicator alone: FreeTDS 1.3.17 reports truncated wide text as a success, and truncated narrow text with
  /// the indicator "no total".
  package func isTruncated(_ row: Int) -> Bool {
    let indicator = indicators[row]
    guard indicator != SQLLEN(SQL_NULL_DATA) else { return false }
    return indicator < 0 || Int(indicator) > layout.limit
  }

  /// The bytes of a text or binary cell that is neither NULL nor truncated; a terminator is not among them.
  package func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: values + row * layout.stride, count: Int(indicators[row]))
  }

  /// The UTF-16 units of a wide cell that is neither NULL nor truncated.
  package func units(_ row: Int) -> UnsafeBufferPointer<UInt16> {
    bytes(row).bindMemory(to: UInt16.self)
  }

  /// The value of a cell of fixed size.
  @inline(__always)
  package func load<T: BitwiseCopyable>(_ row: Int, as type: T.Type) -> T {
    values.load(fromByteOffset: row * layout.stride, as: type)
  }
}
