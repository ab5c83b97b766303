/// A date and time as ISO 8601 text, for arithmetic that gives back text of the same form.
struct DateTimeText: CustomStringConvertible {
  /// Days since 1970-01-01 in the proleptic Gregorian calendar.
  private var days: Int
  private var nanoseconds: Int
  private var separator: Character?
  private var digits: Int
  /// The zone as it was written: `Z`, `+02`, `-05:30`; empty for none.
  private var zone: String

  /// Nil when `text` is no date of the years 1 to 9999, or no date and time to the second at least.
  ///
  /// A day that the month does not have is refused: read as the next month's, it would come out later than it sorts.
  init?(_ text: String) {
    var bytes = Array(text.utf8)
    zone = bytes.count > 19 ? Self.zone(bytes[19...]) : ""
    bytes.removeLast(zone.utf8.count)
    guard bytes.count >= 10, bytes[4] == 45, bytes[7] == 45, let year = Self.number(bytes[0..<4]),
      let month = Self.number(bytes[5..<7]), let day = Self.number(bytes[8..<10]), year > 0,
      (1...12).contains(month), day > 0
    else { return nil }
    days = Self.days(year: year, month: month, day: day)
    guard Self.civil(days) == (year, month, day) else { return nil }
    nanoseconds = 0
    digits = 0
    guard bytes.count > 10 else { return }
    guard bytes.count >= 19, bytes[10] == 32 || bytes[10] == 84, bytes[13] == 58, bytes[16] == 58,
      let hour = Self.number(bytes[11..<13]), let minute = Self.number(bytes[14..<16]),
      let second = Self.number(bytes[17..<19]), hour < 24, minute < 60, second < 60
    else { return nil }
    separator = bytes[10] == 32 ? " " : "T"
    nanoseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000_000
    guard bytes.count > 19 else { return }
    guard bytes[19] == 46, (21...29).contains(bytes.count), let fraction = Self.number(bytes[20...]) else { return nil }
    digits = bytes.count - 20
    nanoseconds += fraction * Self.power(9 - digits)
  }

  /// The moment `duration` earlier, the first of year 1 at the earliest; a date without a time stays a date, and what has
  /// fewer digits behind the second than the duration is rounded down.
  func subtracting(_ duration: Duration) -> DateTimeText {
    let (seconds, attoseconds) = duration.components
    let day = 86_400 * 1_000_000_000
    let back = Int(seconds % 86_400) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    var result = self
    result.days -= Int(seconds / 86_400)
    result.nanoseconds -= back
    if result.nanoseconds < 0 {
      result.nanoseconds += day
      result.days -= 1
    }
    let first = Self.days(year: 1, month: 1, day: 1)
    if result.days < first {
      result.days = first
      result.nanoseconds = 0
    }
    return result
  }

  var description: String {
    let (year, month, day) = Self.civil(days)
    let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    guard let separator else { return date }
    let seconds = nanoseconds / 1_000_000_000
    let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Self.padded($0, 2) }.joined(separator: ":")
    guard digits > 0 else { return "\(date)\(separator)\(time)\(zone)" }
    let fraction = nanoseconds % 1_000_000_000 / Self.power(9 - digits)
    return "\(date)\(separator)\(time).\(Self.padded(fraction, digits))\(zone)"
  }

  /// The zone at the end of what follows the seconds; arithmetic leaves it as it is.
  private static func zone(_ rest: ArraySlice<UInt8>) -> String {
    guard let start = rest.firstIndex(where: { [43, 45, 90].contains($0) }) else { return "" }
    let zone = Array(rest[start...])
    let digits = zone.dropFirst().filter { $0 != 58 }
    let isZulu = zone == [90]
    let isOffset =
      zone[0] != 90 && [2, 4].contains(digits.count) && number(digits[...]) != nil
      && (zone.count == digits.count + 1 || zone.count == 6 && zone[3] == 58)
    return isZulu || isOffset ? String(decoding: zone, as: UTF8.self) : ""
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  private static func power(_ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { result, _ in result * 10 }
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  /// Days from 1970-01-01, counting in 400-year eras that begin in March.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }
}
