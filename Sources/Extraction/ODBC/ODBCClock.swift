import Digests
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
  static func days(_ date: ODBCDate) -> Int32? {
    guard date.year <= 9999 else { return nil }
    return TemporalText.days(year: Int(date.year), month: Int(date.month), day: Int(date.day))
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
