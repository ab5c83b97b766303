/// Durations as ISO 8601 (section 5.5.2.2) writes them, of a fixed length: weeks, days, hours, minutes, seconds.
///
/// Years and months are left out, for their length depends on the calendar. A day is 24 hours. The last member may have
/// a fraction behind a point or a comma, down to nanoseconds.
package enum ISODuration {
  /// Members in the order in which they may appear, with their length in seconds.
  private static let dateUnits: [(letter: Character, seconds: Int64)] = [("W", 604_800), ("D", 86_400)]
  private static let timeUnits: [(letter: Character, seconds: Int64)] = [("H", 3_600), ("M", 60), ("S", 1)]

  /// Nil when `text` is no such duration or does not fit 64-bit nanoseconds.
  package static func parse(_ text: String) -> Duration? {
    guard text.first == "P" else { return nil }
    let halves = text.dropFirst().split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let date = nanoseconds(halves[0], units: dateUnits[...]) else { return nil }
    var total = date
    if halves.count == 2 {
      guard !halves[1].isEmpty, !halves[0].contains("."), !halves[0].contains(","),
        let time = nanoseconds(halves[1], units: timeUnits[...])
      else { return nil }
      let (sum, overflow) = date.addingReportingOverflow(time)
      guard !overflow else { return nil }
      total = sum
    } else if halves[0].isEmpty {
      return nil
    }
    return .nanoseconds(total)
  }

  /// The shortest text that ``parse(_:)`` reads as `duration`, days as the largest unit. `duration` is not negative.
  package static func text(_ duration: Duration) -> String {
    let (whole, attoseconds) = duration.components
    var rest = whole
    var date = ""
    var time = ""
    if rest >= 86_400 {
      date = "\(rest / 86_400)D"
      rest %= 86_400
    }
    for unit in timeUnits.dropLast() where rest >= unit.seconds {
      time += "\(rest / unit.seconds)\(unit.letter)"
      rest %= unit.seconds
    }
    let nanoseconds = attoseconds / 1_000_000_000
    if nanoseconds > 0 {
      let digits = String(String(1_000_000_000 + nanoseconds).dropFirst())
      time += "\(rest).\(digits.trimmingZeros)S"
    } else if rest > 0 || (date.isEmpty && time.isEmpty) {
      time += "\(rest)S"
    }
    return "P" + date + (time.isEmpty ? "" : "T" + time)
  }

  /// The sum of the members of one half, each unit at most once and in order.
  private static func nanoseconds(
    _ text: Substring, units: ArraySlice<(letter: Character, seconds: Int64)>
  ) -> Int64? {
    var rest = text
    var units = units
    var total: Int64 = 0
    while !rest.isEmpty {
      guard let end = rest.firstIndex(where: \.isLetter),
        let unit = units.firstIndex(where: { $0.letter == rest[end] }),
        let value = nanoseconds(rest[..<end], unit: units[unit].seconds)
      else { return nil }
      let isFraction = rest[..<end].contains { $0 == "." || $0 == "," }
      rest = rest[rest.index(after: end)...]
      guard !isFraction || rest.isEmpty else { return nil }
      units = units[(unit + 1)...]
      let (sum, overflow) = total.addingReportingOverflow(value)
      guard !overflow else { return nil }
      total = sum
    }
    return total
  }

  /// `number` (digits, at most one point or comma) times `unit` seconds.
  private static func nanoseconds(_ number: Substring, unit: Int64) -> Int64? {
    let parts = number.split(whereSeparator: { $0 == "." || $0 == "," })
    let digits = "0"..."9" as ClosedRange<Character>
    guard !parts.isEmpty, number.first.map(digits.contains) == true, number.last.map(digits.contains) == true,
      parts.count <= 2, parts.allSatisfy({ $0.allSatisfy(digits.contains) }), let whole = Int64(parts[0])
    else { return nil }
    let (seconds, overflow) = whole.multipliedReportingOverflow(by: unit)
    let (total, tooMany) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow, !tooMany else { return nil }
    guard parts.count == 2 else { return total }
    guard parts[1].count <= 9, let fraction = Int64(parts[1].padded(to: 9)) else { return nil }
    let (sum, spilled) = total.addingReportingOverflow(fraction * unit)
    return spilled ? nil : sum
  }
}

extension String {
  /// Without the zeros at the end.
  fileprivate var trimmingZeros: Substring {
    self[..<(lastIndex { $0 != "0" }.map(index(after:)) ?? startIndex)]
  }
}

extension Substring {
  /// With zeros at the end up to `count` digits.
  fileprivate func padded(to count: Int) -> String {
    self + String(repeating: "0", count: Swift.max(0, count - self.count))
  }
}
