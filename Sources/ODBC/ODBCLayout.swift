import CODBC

/// How a bound column's cells lie in memory.
package enum ODBCLayout: Sendable, Hashable {
  /// One byte, 0 or 1.
  case bit
  case int16
  case int32
  case int64
  case float
  case double
  /// `ODBCDate`.
  case date
  /// `ODBCTimestamp`, with nanoseconds.
  case timestamp
  /// 16 bytes, the first three groups in the machine's byte order.
  case guid
  /// Wide characters, as many UTF-16 units at the most; for all text that may hold more than ASCII.
  case wide(units: Int)
  /// Narrow characters, as many bytes at the most; for numbers and dates as text, which are ASCII in every encoding.
  case narrow(bytes: Int)
  case binary(bytes: Int)

  var cType: SQLSMALLINT {
    switch self {
    case .bit: SQLSMALLINT(SQL_C_BIT)
    case .int16: SQLSMALLINT(codbc_signed_short)
    case .int32: SQLSMALLINT(codbc_signed_long)
    case .int64: SQLSMALLINT(SQL_C_SBIGINT)
    case .float: SQLSMALLINT(SQL_C_FLOAT)
    case .double: SQLSMALLINT(SQL_C_DOUBLE)
    case .date: SQLSMALLINT(SQL_C_TYPE_DATE)
    case .timestamp: SQLSMALLINT(SQL_C_TYPE_TIMESTAMP)
    case .guid: SQLSMALLINT(SQL_C_GUID)
    case .wide: SQLSMALLINT(SQL_C_WCHAR)
    case .narrow: SQLSMALLINT(SQL_C_CHAR)
    case .binary: SQLSMALLINT(SQL_C_BINARY)
    }
  }

  /// Bytes from one cell to the next, with room for a terminator where the driver writes one.
  package var stride: Int {
    switch self {
    case .bit: 1
    case .int16: 2
    case .int32, .float: 4
    case .int64, .double: 8
    case .date: MemoryLayout<SQL_DATE_STRUCT>.stride
    case .timestamp, .guid: 16
    case .wide(let units): (units + 1) * 2
    case .narrow(let bytes): bytes + 1
    case .binary(let bytes): max(bytes, 1)
    }
  }

  /// Bytes that a whole value has at the most; more is truncated.
  var limit: Int {
    switch self {
    case .wide(let units): units * 2
    case .narrow(let bytes), .binary(let bytes): bytes
    default: Int.max
    }
  }
}

/// A date as ODBC gives it: SQL_DATE_STRUCT.
package struct ODBCDate: BitwiseCopyable, Sendable {
  package var year: Int16
  package var month: UInt16
  package var day: UInt16

  package init(year: Int16, month: UInt16, day: UInt16) {
    self.year = year
    self.month = month
    self.day = day
  }
}

/// A moment as ODBC gives it: SQL_TIMESTAMP_STRUCT.
package struct ODBCTimestamp: BitwiseCopyable, Sendable {
  package var year: Int16
  package var month: UInt16
  package var day: UInt16
  package var hour: UInt16
  package var minute: UInt16
  package var second: UInt16
  /// Nanoseconds.
  package var fraction: UInt32
}
