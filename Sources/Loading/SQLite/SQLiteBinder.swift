import Catalogs
import GRDB
import GRDBSQLite
import Parquet
import Plans

/// Why a value cannot be stored as it is; says what to do, and never the value.
enum SQLiteRefusal: Error {
  case inexactInteger, looksNumeric, notText, tooManyDigits, yearOutOfRange, tooFine, brokenVariant

  var message: String {
    switch self {
    case .inexactInteger: "an integer beyond 2^53, which the column's type would round; declare the column INTEGER"
    case .looksNumeric: "text that the column's type would turn into a number; declare the column TEXT"
    case .notText: "a number, which the column's type would turn into text; declare the column VARIANT_BLOB"
    case .tooManyDigits: "a decimal of more digits than a SQLite number keeps; declare the column DECIMAL_TEXT"
    case .yearOutOfRange: "a date outside the years 0000 to 9999; map the column to text"
    case .tooFine: "a time finer than the column's type says; extract the part again"
    case .brokenVariant: "JSON that is not one value with its type; extract the part again"
    }
  }
}

/// Binds the values of one column to one parameter: what to do is decided once, from the value's type and from what
/// SQLite does to values of the target column.
struct SQLiteBinder {
  private enum Form {
    case boolean, integer, exactReal, decimalNumber, decimalExact, decimalText, float, floatText
    case text, textNotNumeric, binary, date, time, timestamp, variant
  }

  private let form: Form
  private let affinity: SQLiteAffinity
  private let parameter: CInt
  /// Digits behind the point or the second.
  private let scale: Int
  /// 6 where the staged unit is a microsecond, 9 where it is a nanosecond.
  private let unitDigits: Int
  private let isUTC: Bool
  /// Room for a text of one value, which stays until the next value of this column.
  private let scratch: UnsafeMutablePointer<UInt8>

  static let scratchBytes = 64

  /// Nil when values of the staged type are none of the column's type.
  init?(
    _ type: LogicalType, staged: ColumnType, affinity: SQLiteAffinity, parameter: Int,
    scratch: UnsafeMutablePointer<UInt8>
  ) {
    self.affinity = affinity
    self.parameter = CInt(parameter)
    self.scratch = scratch
    var scale = 0
    var unitDigits = 6
    var isUTC = false
    switch (type, staged) {
    case (.boolean, .bool): form = .boolean
    case (.integer, .int64): form = affinity == .real ? .exactReal : .integer
    case (.decimal(let precision, let digits), .decimal128(_, let stagedDigits)) where digits == stagedDigits:
      scale = digits
      let isSmall = precision <= SQLiteDialect.numericDigits
      form =
        affinity == .text ? .decimalText : isSmall ? .decimalNumber : affinity == .blob ? .decimalText : .decimalExact
    case (.float, .float64): form = affinity == .text ? .floatText : .float
    case (.text, .utf8), (.uuid, .utf8): form = affinity.isNumeric ? .textNotNumeric : .text
    case (.binary, .binary): form = .binary
    case (.date, .date32): form = .date
    case (.time(let digits), .time64(let unit)):
      form = .time
      scale = digits
      unitDigits = unit == .nanos ? 9 : 6
    case (.timestamp(let digits), .timestamp(let unit, isAdjustedToUTC: false)),
      (.instant(let digits), .timestamp(let unit, isAdjustedToUTC: true)):
      form = .timestamp
      scale = digits
      unitDigits = unit == .nanos ? 9 : 6
      isUTC = staged == .timestamp(unit, isAdjustedToUTC: true)
    case (.variant, .utf8): form = .variant
    default: return nil
    }
    self.scale = scale
    self.unitDigits = unitDigits
    self.isUTC = isUTC
  }

  /// Binds the value of one row and returns SQLite's code. The column's memory and ``scratch`` must stay until the
  /// statement was stepped.
  func bind(_ column: ReadColumn, _ row: Int, to statement: OpaquePointer) throws(SQLiteRefusal) -> CInt {
    if column.isNull(row) { return sqlite3_bind_null(statement, parameter) }
    switch form {
    case .boolean: return sqlite3_bind_int64(statement, parameter, column.bool(row) ? 1 : 0)
    case .integer: return sqlite3_bind_int64(statement, parameter, column.int64(row))
    case .exactReal:
      let value = column.int64(row)
      guard Int64(exactly: Double(value)) == value else { throw .inexactInteger }
      return sqlite3_bind_int64(statement, parameter, value)
    case .decimalNumber: return bind(DecimalText(unscaled: column.decimal(row), scale: scale), to: statement)
    case .decimalExact:
      let value = DecimalText(unscaled: column.decimal(row), scale: scale)
      guard value.fitsNumber(asReal: affinity == .real) else { throw .tooManyDigits }
      return bind(value, to: statement)
    case .decimalText:
      return bindText(DecimalText(unscaled: column.decimal(row), scale: scale).write(to: scratch), to: statement)
    case .float:
      let value = column.double(row)
      // SQLite has no NaN and would store NULL.
      guard value.isNaN else { return sqlite3_bind_double(statement, parameter, value) }
      return sqlite3_bind_text(statement, parameter, "NaN", 3, Self.transient)
    case .floatText:
      let text = "\(column.double(row))"
      return sqlite3_bind_text(statement, parameter, text, -1, Self.transient)
    case .text: return bindText(column.bytes(row), to: statement)
    case .textNotNumeric:
      let bytes = column.bytes(row)
      guard !Self.looksNumeric(bytes) else { throw .looksNumeric }
      return bindText(bytes, to: statement)
    case .binary:
      let bytes = column.bytes(row)
      guard let base = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, parameter, 0) }
      return sqlite3_bind_blob64(statement, parameter, base, UInt64(bytes.count), nil)
    case .date:
      guard let count = ClockText.writeDate(Int(column.days(row)), to: scratch) else { throw .yearOutOfRange }
      return bindText(count, to: statement)
    case .time:
      let unit = unitDigits == 9 ? 1_000_000_000 : 1_000_000
      let value = Int(column.int64(row))
      return bindText(try writeTime(value / unit, value % unit, at: 0), to: statement)
    case .timestamp: return bindText(try writeTimestamp(Int(column.int64(row))), to: statement)
    case .variant: return try bindVariant(column.bytes(row), to: statement)
    }
  }

  private func bind(_ decimal: DecimalText, to statement: OpaquePointer) -> CInt {
    let power = Int128(DecimalText.powers[min(decimal.scale, 18)])
    let (whole, rest) = decimal.unscaled.quotientAndRemainder(dividingBy: power)
    if rest == 0, decimal.scale <= 18 { return sqlite3_bind_int64(statement, parameter, Int64(whole)) }
    return sqlite3_bind_double(statement, parameter, decimal.nearest)
  }

  private func writeTimestamp(_ value: Int) throws(SQLiteRefusal) -> Int {
    let unit = unitDigits == 9 ? 1_000_000_000 : 1_000_000
    let seconds = value >= 0 ? value / unit : (value - (unit - 1)) / unit
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    guard ClockText.writeDate(day, to: scratch) != nil else { throw .yearOutOfRange }
    scratch[10] = UInt8(ascii: " ")
    let end = try writeTime(seconds - day * 86_400, value - seconds * unit, at: 11)
    guard isUTC else { return end }
    scratch[end] = UInt8(ascii: "Z")
    return end + 1
  }

  private func writeTime(_ seconds: Int, _ fraction: Int, at start: Int) throws(SQLiteRefusal) -> Int {
    let count = ClockText.writeTime(
      seconds: seconds, fraction: fraction, digits: unitDigits, scale: scale, to: scratch + start)
    guard let count else { throw .tooFine }
    return start + count
  }

  private func bindVariant(_ json: UnsafeRawBufferPointer, to statement: OpaquePointer) throws(SQLiteRefusal) -> CInt {
    switch VariantText(json) {
    case .integer(let value)?:
      guard affinity != .text else { throw .notText }
      guard affinity != .real || Int64(exactly: Double(value)) == value else { throw .inexactInteger }
      return sqlite3_bind_int64(statement, parameter, value)
    case .real(let value)?:
      guard affinity != .text else { throw .notText }
      guard value.isNaN else { return sqlite3_bind_double(statement, parameter, value) }
      return sqlite3_bind_text(statement, parameter, "NaN", 3, Self.transient)
    case .text(let bytes)?:
      guard !affinity.isNumeric || !Self.looksNumeric(bytes) else { throw .looksNumeric }
      return bindText(bytes, to: statement)
    case .madeText(let bytes)?:
      let isMistakable = affinity.isNumeric && bytes.withUnsafeBytes(Self.looksNumeric)
      guard !isMistakable else { throw .looksNumeric }
      return bytes.withUnsafeBytes { bindText($0, to: statement, keeping: Self.transient) }
    case .bytes(let bytes)?:
      guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, parameter, 0) }
      return bytes.withUnsafeBytes {
        sqlite3_bind_blob64(statement, parameter, $0.baseAddress, UInt64($0.count), Self.transient)
      }
    case nil: throw .brokenVariant
    }
  }

  /// The first `count` bytes of ``scratch``.
  private func bindText(_ count: Int, to statement: OpaquePointer) -> CInt {
    bindText(UnsafeRawBufferPointer(start: scratch, count: count), to: statement)
  }

  private func bindText(
    _ bytes: UnsafeRawBufferPointer, to statement: OpaquePointer, keeping: sqlite3_destructor_type? = nil
  ) -> CInt {
    // An address of nothing would bind NULL.
    let start = (bytes.baseAddress ?? UnsafeRawPointer(scratch)).assumingMemoryBound(to: CChar.self)
    return sqlite3_bind_text64(statement, parameter, start, UInt64(bytes.count), keeping, UInt8(SQLITE_UTF8))
  }

  /// Makes SQLite copy what is bound.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  /// Whether a numeric affinity would turn the text into a number: blanks, sign, digits with a point, exponent, blanks.
  ///
  /// Source: https://www.sqlite.org/datatype3.html#determination_of_column_affinity and its well-formed literals.
  static func looksNumeric(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    func skip(_ isWanted: (UInt8) -> Bool) -> Int {
      let count = rest.prefix(while: isWanted).count
      rest = rest.dropFirst(count)
      return count
    }
    let isBlank = { (byte: UInt8) in byte == 32 || (9...13).contains(byte) }
    let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
    let isSign = { (byte: UInt8) in byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
    _ = skip(isBlank)
    if let first = rest.first, isSign(first) { rest = rest.dropFirst() }
    var digits = skip(isDigit)
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      digits += skip(isDigit)
    }
    guard digits > 0 else { return false }
    if let letter = rest.first, letter | 32 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, isSign(sign) { rest = rest.dropFirst() }
      guard skip(isDigit) > 0 else { return false }
    }
    _ = skip(isBlank)
    return rest.isEmpty
  }
}

extension DecimalText {
  /// The double nearest to the value, exact in its 15 leading digits: both operands of the division are exact for at
  /// most 15 digits and 22 places, and IEEE 754 rounds a quotient correctly.
  var nearest: Double {
    scale <= 18 && unscaled.magnitude < 1 << 53
      ? Double(Int64(unscaled)) / Double(Self.powers[scale]) : Double(text) ?? .nan
  }

  /// The decimal of so many places to which `value` is the nearest double; nil when there is none.
  init?(nearest value: Double, scale: Int) {
    guard scale <= 18, let unscaled = Int128(exactly: (value * Double(Self.powers[scale])).rounded()) else {
      return nil
    }
    self.init(unscaled: unscaled, scale: scale)
    guard nearest == value else { return nil }
  }

  /// Whether a SQLite number keeps the value: a whole number of 64 bits (of 53 where the column makes reals of them),
  /// or 15 digits in all.
  func fitsNumber(asReal: Bool) -> Bool {
    if unscaled.magnitude < UInt128(Self.powers[15]) { return true }
    guard scale <= 18 else { return false }
    let (whole, rest) = unscaled.quotientAndRemainder(dividingBy: Int128(Self.powers[scale]))
    guard rest == 0, let value = Int64(exactly: whole) else { return false }
    return !asReal || Int64(exactly: Double(value)) == value
  }

  /// As ``SQLiteBinder`` stores it in a column of numbers.
  var number: DatabaseValue {
    if scale <= 18 {
      let (whole, rest) = unscaled.quotientAndRemainder(dividingBy: Int128(Self.powers[scale]))
      if rest == 0, let value = Int64(exactly: whole) { return value.databaseValue }
    }
    return nearest.databaseValue
  }
}
