import Catalogs
import Parquet

/// Puts the values of one column, as Redshift writes them as text, into its buffer: what fits the planned type without loss.
///
/// A plain struct, made once for each column of an extraction.
struct RedshiftColumnFill {
  private enum Way: UInt8 {
    case boolean, integer, float, decimal, text, binary, date, time, moment
    /// Nothing fits.
    case none
  }

  private let way: Way
  private let form: RedshiftType.Form
  private let isNullable: Bool
  /// Characters of a text, bytes of a binary.
  private let limit: Int
  private let decimal: ExactDecimal
  private let clock: ODBCClock

  init(_ type: LogicalType, from form: RedshiftType.Form, isNullable: Bool) {
    self.form = form
    self.isNullable = isNullable
    var limit = Int.max
    var scale = 6
    var decimal = ExactDecimal(precision: 38, scale: 0)
    let isNumber = form == .bool || form == .integer || form == .numeric
    switch type {
    case .boolean: way = form == .bool || form == .integer ? .boolean : .none
    case .integer: way = isNumber ? .integer : .none
    case .float: way = isNumber || form == .float ? .float : .none
    case .decimal(let precision, let places):
      way = isNumber ? .decimal : .none
      decimal = ExactDecimal(precision: precision, scale: places)
    case .text(let length):
      way = form == .text ? .text : .none
      limit = length ?? .max
    case .variant: way = form == .text ? .text : .none
    case .binary(let length):
      way = form == .bytes ? .binary : .none
      limit = length ?? .max
    case .date: way = form == .date ? .date : .none
    case .time(let digits):
      way = form == .time ? .time : .none
      scale = digits
    case .timestamp(let digits):
      way = form == .timestamp ? .moment : .none
      scale = digits
    case .instant(let digits):
      way = form == .instant ? .moment : .none
      scale = digits
    case .uuid: way = form == .text ? .text : .none
    }
    self.limit = limit
    self.decimal = decimal
    clock = ODBCClock(scale: scale)
  }

  /// Appends a value, or NULL for nil; returns the bytes it took, -1 when the column cannot hold it.
  ///
  /// - Throws: ``ParquetError`` for more than 2 GiB in one batch.
  func append(_ value: UnsafeRawBufferPointer?, to buffer: ColumnAppender) throws(ParquetError) -> Int {
    guard let value else {
      guard isNullable else { return -1 }
      buffer.appendNull()
      return 1
    }
    switch way {
    case .text:
      let characters = UTF8Scan.characters(value)
      guard characters >= 0, characters <= limit else { return -1 }
      try buffer.append(bytes: value)
      return value.count + 5
    case .integer:
      guard let whole = whole(value) else { return -1 }
      buffer.append(whole)
    case .decimal:
      guard
        let unscaled = form == .bool
          ? whole(value).flatMap({ decimal.unscaled($0) }) : ODBCNumber.decimal(value, decimal)
      else { return -1 }
      buffer.append(decimal: unscaled)
    case .float:
      let real = form == .bool ? whole(value).map(Double.init) : ODBCNumber.real(value)
      guard let real else { return -1 }
      buffer.append(real)
    case .boolean:
      guard let whole = whole(value), whole == 0 || whole == 1 else { return -1 }
      buffer.append(whole == 1)
    case .date:
      guard let days = TemporalText.days(value) else { return -1 }
      buffer.append(days: days)
    case .time:
      guard let time = clock.time(text: value) else { return -1 }
      buffer.append(time)
    case .moment:
      guard let moment = clock.moment(text: value) else { return -1 }
      buffer.append(moment)
    case .binary:
      let count = try HexDigits.append(value, upTo: limit, to: buffer)
      return count < 0 ? -1 : count + 5
    case .none: return -1
    }
    return 16
  }

  private func whole(_ value: UnsafeRawBufferPointer) -> Int64? {
    guard form == .bool else { return ODBCNumber.decimal(value, Self.wholeNumber).flatMap { Int64(exactly: $0) } }
    guard value.count == 1 else { return nil }
    return value[0] == UInt8(ascii: "t") ? 1 : value[0] == UInt8(ascii: "f") ? 0 : nil
  }

  private static let wholeNumber = ExactDecimal(precision: 38, scale: 0)
}
