import ODBC

/// Dates and times as drivers give them, turned into the ticks of a staged column.
struct ODBCClock {
  /// Nanoseconds are asked for, else microseconds.
  private let isFine: Bool
  /// Nanoseconds that a value must be a multiple of.
  private let grain: Int64

  /// - Parameter scale: digits behind the second that the column keeps, 0 to 9.
  init(scale: Int) {
    isFine = scale > 6
    grain = (scale..<9).reduce(1) { grain, _ in grain * 10 }
  }

  /// Ticks since 1970; nil for a moment that the column cannot hold.
  func moment(_ value: ODBCTimestamp) -> Int64? {
    guard let days = Self.days(ODBCDate(year: value.year, month: value.month, day: value.day)), value.hour < 24,
      value.minute < 60, value.second < 60
    else { return nil }
    let clock = Int64(value.hour) * 3600 + Int64(value.minute) * 60 + Int64(value.second)
    return ticks(seconds: Int64(days) * 86_400 + clock, nanoseconds: Int64(value.fraction))
  }

  /// The same from `2026-11-20 10:31:07.25`, with or without a zone behind it, which moves it to UTC.
  func moment(text: UnsafeRawBufferPointer) -> Int64? {
    guard let moment = TemporalText.moment(text) else { return nil }
    var seconds = moment.seconds
    if moment.length < text.count {
      guard let offset = Self.zone(UnsafeRawBufferPointer(rebasing: text[moment.length...])) else { return nil }
      seconds -= offset
    }
    return ticks(seconds: seconds, nanoseconds: moment.nanoseconds)
  }

  /// Ticks since midnight from `10:31:07.25`.
  func time(text: UnsafeRawBufferPointer) -> Int64? {
    guard let clock = TemporalText.clock(text), clock.length == text.count else { return nil }
    return ticks(seconds: clock.seconds, nanoseconds: clock.nanoseconds)
  }

  private func ticks(seconds: Int64, nanoseconds: Int64) -> Int64? {
    guard nanoseconds % grain == 0 else { return nil }
    if isFine { return Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(nanoseconds)) }
    return seconds * 1_000_000 + nanoseconds / 1000
  }

  /// Seconds east of UTC: `+02`, `+02:00`, ` +02:00`, `Z`.
  private static func zone(_ text: UnsafeRawBufferPointer) -> Int64? {
    let start = text.first == UInt8(ascii: " ") ? 1 : 0
    let zone = UnsafeRawBufferPointer(rebasing: text[start...])
    guard zone.count == 3 else { return TemporalText.zone(zone) }
    return withUnsafeTemporaryAllocation(byteCount: 6, alignment: 1) { whole in
      whole.copyMemory(from: zone)
      whole[3] = UInt8(ascii: ":")
      whole[4] = UInt8(ascii: "0")
      whole[5] = UInt8(ascii: "0")
      return TemporalText.zone(UnsafeRawBufferPointer(whole))
    }
  }

  /// Days since 1970-01-01 for years 1 to 9999; nil for what is no day.
  ///
  /// Source: https://howardhinnant.github.io/date_algorithms.html#days_from_civil, for positive years.
  static func days(_ date: ODBCDate) -> Int32? {
    guard (1...9999).contains(date.year), (1...12).contains(date.month), date.day >= 1 else { return nil }
    let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
    let last: UInt16 = date.month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(date.month) ? 30 : 31
    guard date.day <= last else { return nil }
    let month = Int32(date.month)
    let year = Int32(date.year) - (month <= 2 ? 1 : 0)
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + Int32(date.day) - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Writes a GUID's 36 characters; the first three groups lie in the machine's byte order.
  static func writeGUID(_ value: UnsafeRawPointer, to out: UnsafeMutableRawPointer) -> Int {
    var place = 0
    for (index, byte) in [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].enumerated() {
      if [4, 6, 8, 10].contains(index) {
        out.storeBytes(of: UInt8(ascii: "-"), toByteOffset: place, as: UInt8.self)
        place += 1
      }
      HexText.write(UnsafeRawBufferPointer(start: value + byte, count: 1), to: out + place)
      place += 2
    }
    return place
  }
}
