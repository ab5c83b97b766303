import Catalogs
import GRDBSQLite

/// What the values of one column have been so far, as far as a choice of type depends on it.
///
/// A plain struct, one for each column, changed in place for every value: what needs a closer look is decided once from
/// the declared type.
struct SQLiteValueProfile {
  private(set) var integers = 0
  private(set) var reals = 0
  private(set) var texts = 0
  private(set) var blobs = 0
  /// Every whole number was 0 or 1.
  private(set) var isBoolean = true
  /// Every whole number has a double of its own.
  private(set) var isExactAsReal = true
  /// Every number is a decimal of the promised precision and scale.
  private(set) var isDecimal = true
  /// Every text is UTF-8 without NUL.
  private(set) var isPlainText = true
  /// The longest text in characters.
  private(set) var longestText = 0
  /// The one form all texts have had; nil before the first text.
  private(set) var form: Form?

  /// How a text reads as a date or time.
  enum Form: Equatable {
    case date
    case timestamp(scale: Int)
    case other
  }

  /// Some value was not NULL.
  var hasValues: Bool { integers > 0 || reals > 0 || texts > 0 || blobs > 0 }

  private let decimal: ExactDecimal?
  private let looksAtTime: Bool

  init(_ declared: SQLiteDeclaredType) {
    switch declared.promise {
    case .decimal(let precision, let scale):
      decimal = ExactDecimal(precision: precision, scale: scale)
      looksAtTime = false
    case .date, .timestamp:
      decimal = nil
      looksAtTime = true
    default:
      decimal = nil
      looksAtTime = false
    }
  }

  @inline(__always)
  mutating func see(integer value: Int64) {
    integers &+= 1
    if value != 0 && value != 1 { isBoolean = false }
    if Int64(exactly: Double(value)) != value { isExactAsReal = false }
    if let decimal, isDecimal, decimal.unscaled(value) == nil { isDecimal = false }
  }

  @inline(__always)
  mutating func see(real value: Double) {
    reals &+= 1
    if let decimal, isDecimal, decimal.unscaled(value) == nil { isDecimal = false }
  }

  @inline(__always)
  mutating func see(text value: UnsafeRawBufferPointer) {
    texts &+= 1
    if isPlainText {
      let characters = UTF8Scan.characters(value)
      if characters < 0 { isPlainText = false } else if characters > longestText { longestText = characters }
    }
    if looksAtTime, form != .other { see(time: value) }
  }

  @inline(__always)
  mutating func seeBlob() {
    blobs &+= 1
  }

  private mutating func see(time text: UnsafeRawBufferPointer) {
    let found = Self.form(text)
    if form == nil { form = found } else if form != found { form = .other }
  }

  private static func form(_ text: UnsafeRawBufferPointer) -> Form {
    if TemporalText.days(text) != nil { return .date }
    guard let moment = TemporalText.moment(text), moment.length == text.count,
      moment.separator == UInt8(ascii: " "), moment.digits <= 6 || TemporalText.fitsNanoseconds(moment)
    else { return .other }
    return .timestamp(scale: moment.digits)
  }
}

extension SQLiteDeclaredType {
  /// The type that all values seen fit without loss: what was declared when they keep its promise, else what they are.
  func type(of seen: SQLiteValueProfile) -> LogicalType {
    switch (seen.integers > 0 || seen.reals > 0, seen.texts > 0, seen.blobs > 0) {
    case (false, false, false): expected
    case (true, false, false): numberType(of: seen)
    case (false, true, false): textType(of: seen)
    case (false, false, true): .binary(length: nil)
    default: .variant
    }
  }

  private func numberType(of seen: SQLiteValueProfile) -> LogicalType {
    switch promise {
    case .boolean where seen.isBoolean && seen.reals == 0: return .boolean
    case .decimal(let precision, let scale) where seen.isDecimal: return .decimal(precision: precision, scale: scale)
    default: break
    }
    if seen.reals == 0 { return .integer }
    if seen.integers == 0 { return .float }
    // An affinity for numbers makes 1 and 1.0 one value; without it they are two, which only a variant keeps apart.
    return affinity != .blob && seen.isExactAsReal ? .float : .variant
  }

  private func textType(of seen: SQLiteValueProfile) -> LogicalType {
    guard seen.isPlainText else { return .variant }
    switch (promise, seen.form) {
    case (_, .date): return .date
    case (_, .timestamp(let scale)): return .timestamp(scale: scale)
    case (.text(let length?), _) where seen.longestText <= length: return .text(length: length)
    default: return .text(length: nil)
    }
  }
}
