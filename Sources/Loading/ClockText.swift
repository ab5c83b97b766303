/// Dates and times as ISO 8601 text, written by hand into a buffer.
///
/// Every text of one kind and scale has one length, so that byte order is the order of time.
enum ClockText {
  /// Bytes of the longest text: `9999-12-31 23:59:59.999999999Z`.
  static let longest = 32

  /// Writes `2024-02-29` for days since 1970-01-01 and returns 10; nil outside the years 0000 to 9999.
  ///
  /// Source of the calendar: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
  static func writeDate(_ days: Int, to buffer: UnsafeMutablePointer<UInt8>) -> Int? {
    guard days >= -719_528, days <= 2_932_896 else { return nil }
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let isNextYear = month >= 10
    let year = yearOfEra + era * 400 + (isNextYear ? 1 : 0)
    pair(year / 100, to: buffer)
    pair(year % 100, to: buffer + 2)
    buffer[4] = UInt8(ascii: "-")
    pair(isNextYear ? month - 9 : month + 3, to: buffer + 5)
    buffer[7] = UInt8(ascii: "-")
    pair(dayOfYear - (153 * month + 2) / 5 + 1, to: buffer + 8)
    return 10
  }

  /// Writes `23:59:59.250` with `scale` digits behind the second and returns the number of bytes; nil when `fraction`,
  /// a count of units of which a second has 10 to the `digits`, is finer than that.
  static func writeTime(
    seconds: Int, fraction: Int, digits: Int, scale: Int, to buffer: UnsafeMutablePointer<UInt8>
  ) -> Int? {
    pair(seconds / 3600, to: buffer)
    buffer[2] = UInt8(ascii: ":")
    pair(seconds / 60 % 60, to: buffer + 3)
    buffer[5] = UInt8(ascii: ":")
    pair(seconds % 60, to: buffer + 6)
    var rest = fraction
    for _ in 0..<max(0, digits - scale) {
      guard rest % 10 == 0 else { return nil }
      rest /= 10
    }
    guard scale > 0 else { return 8 }
    buffer[8] = UInt8(ascii: ".")
    for place in stride(from: scale - 1, through: 0, by: -1) {
      let isBeyond = place >= digits
      buffer[9 + place] = UInt8(ascii: "0") + (isBeyond ? 0 : UInt8(truncatingIfNeeded: rest % 10))
      if !isBeyond { rest /= 10 }
    }
    return 9 + scale
  }

  /// Writes a time of day, in nanoseconds, with `scale` digits and returns the number of bytes; nil when it is finer.
  static func writeTime(_ nanoseconds: Int64, scale: Int, to buffer: UnsafeMutablePointer<UInt8>) -> Int? {
    writeTime(
      seconds: Int(nanoseconds) / 1_000_000_000, fraction: Int(nanoseconds) % 1_000_000_000, digits: 9, scale: scale,
      to: buffer)
  }

  /// Writes date, blank and time of nanoseconds since 1970 and returns the number of bytes; nil outside the years 0000 to
  /// 9999, and when the value is finer than `scale` digits.
  static func writeTimestamp(_ nanoseconds: Int128, scale: Int, to buffer: UnsafeMutablePointer<UInt8>) -> Int? {
    let day: Int128 = 86_400_000_000_000
    let rest = (nanoseconds % day + day) % day
    guard let days = Int(exactly: (nanoseconds - rest) / day), writeDate(days, to: buffer) != nil else { return nil }
    buffer[10] = UInt8(ascii: " ")
    return writeTime(Int64(rest), scale: scale, to: buffer + 11).map { $0 + 11 }
  }

  private static func pair(_ value: Int, to buffer: UnsafeMutablePointer<UInt8>) {
    buffer[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10)
    buffer[1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
  }
}
