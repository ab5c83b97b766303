/// Reads dates and times that are written as ISO 8601 has them: `2026-11-20`, `10:31:07.25`, and both together.
///
/// Years are 0001 to 9999, in the proleptic Gregorian calendar. Only the exact form counts: what is read formats back
/// to the text it was read from, given its number of fraction digits and its separator.
enum TemporalText {
  /// A date and time without zone.
  struct Moment {
    /// Since 1970-01-01 00:00:00.
    var seconds: Int64
    var nanoseconds: Int64
    /// Digits behind the second, 0 to 9.
    var digits: Int
    /// The byte between date and time: a space or `T`.
    var separator: UInt8
    /// Bytes read; the text may go on with a zone.
    var length: Int
  }

  /// Days since 1970-01-01, when all of `text` is a date.
  static func days(_ text: UnsafeRawBufferPointer) -> Int32? {
    text.count == 10 ? datePart(text) : nil
  }

  /// The moment that `text` begins with.
  static func moment(_ text: UnsafeRawBufferPointer) -> Moment? {
    guard text.count >= 19, text[10] == UInt8(ascii: " ") || text[10] == UInt8(ascii: "T"),
      let days = datePart(text),
      let clock = clock(UnsafeRawBufferPointer(rebasing: text[11...]))
    else { return nil }
    return Moment(
      seconds: Int64(days) * 86_400 + clock.seconds, nanoseconds: clock.nanoseconds, digits: clock.digits,
      separator: text[10], length: 11 + clock.length)
  }

  /// The time of day that `text` begins with; `23:59:59` is the last second.
  static func clock(
    _ text: UnsafeRawBufferPointer
  ) -> (seconds: Int64, nanoseconds: Int64, digits: Int, length: Int)? {
    guard text.count >= 8, text[2] == UInt8(ascii: ":"), text[5] == UInt8(ascii: ":") else { return nil }
    let hour = twoDigits(text, 0)
    let minute = twoDigits(text, 3)
    let second = twoDigits(text, 6)
    guard hour < 24, minute < 60, second < 60 else { return nil }
    let seconds = Int64(hour * 3600 + minute * 60 + second)
    guard text.count > 8, text[8] == UInt8(ascii: ".") else { return (seconds, 0, 0, 8) }
    var nanoseconds: Int64 = 0
    var digits = 0
    while 9 + digits < text.count, case let digit = text[9 + digits] &- UInt8(ascii: "0"), digit < 10 {
      digits += 1
      guard digits <= 9 else { return nil }
      nanoseconds = nanoseconds * 10 + Int64(digit)
    }
    guard digits > 0 else { return nil }
    for _ in digits..<9 { nanoseconds *= 10 }
    return (seconds, nanoseconds, digits, 9 + digits)
  }

  /// Seconds east of UTC that `Z` or `+hh:mm` says, when that is all of `text`.
  static func zone(_ text: UnsafeRawBufferPointer) -> Int64? {
    if text.count == 1, text[0] == UInt8(ascii: "Z") { return 0 }
    guard text.count == 6, text[3] == UInt8(ascii: ":") else { return nil }
    let hours = twoDigits(text, 1)
    let minutes = twoDigits(text, 4)
    guard hours < 24, minutes < 60 else { return nil }
    let offset = Int64(hours * 3600 + minutes * 60)
    switch text[0] {
    case UInt8(ascii: "+"): return offset
    case UInt8(ascii: "-"): return -offset
    default: return nil
    }
  }

  /// Whether the moment has its place in 64 bits of nanoseconds: 1677-09-21 to 2262-04-11.
  static func fitsNanoseconds(_ moment: Moment) -> Bool {
    nanoseconds(moment) != nil
  }

  /// Nanoseconds since 1970; nil beyond 64 bits.
  static func nanoseconds(_ moment: Moment) -> Int64? {
    let (whole, overflow) = moment.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    // A moment before 1970 counts its fraction up from the second below: that sum may fit where the second does not.
    if overflow {
      let sum = Int128(moment.seconds) * 1_000_000_000 + Int128(moment.nanoseconds)
      return Int64(exactly: sum)
    }
    let (sum, overflows) = whole.addingReportingOverflow(moment.nanoseconds)
    return overflows ? nil : sum
  }

  private static func datePart(_ text: UnsafeRawBufferPointer) -> Int32? {
    guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-") else { return nil }
    let century = twoDigits(text, 0)
    let yearOfCentury = twoDigits(text, 2)
    let month = twoDigits(text, 5)
    let day = twoDigits(text, 8)
    guard century < 100, yearOfCentury < 100 else { return nil }
    return days(year: century * 100 + yearOfCentury, month: month, day: day)
  }

  /// Days since 1970-01-01 of a year from 1 on; nil for what is no day.
  @inline(__always)
  static func days(year: Int, month: Int, day: Int) -> Int32? {
    guard year >= 1, month >= 1, month <= 12, day >= 1, day <= daysIn(month: month, of: year) else { return nil }
    return dayNumber(year: year, month: month, day: day)
  }

  /// Two decimal digits as a number; 100 or more when they are none.
  @inline(__always)
  private static func twoDigits(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int {
    let high = text[index] &- UInt8(ascii: "0")
    let low = text[index + 1] &- UInt8(ascii: "0")
    return high < 10 && low < 10 ? Int(high) * 10 + Int(low) : 1000
  }

  private static func daysIn(month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Source: https://howardhinnant.github.io/date_algorithms.html#days_from_civil, for positive years.
  private static func dayNumber(year: Int, month: Int, day: Int) -> Int32 {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int32(era * 146_097 + dayOfEra - 719_468)
  }
}
