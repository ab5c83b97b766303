import Foundation

/// Numbers as people read them in a terminal; exact values belong in the JSON form.
enum Numbers {
  /// `1,204`, `41 k`, `18.2 M`, `3.1 G`.
  static func count(_ value: Int) -> String {
    switch value {
    case ..<10_000: exact(value)
    case ..<1_000_000: "\((value + 500) / 1000) k"
    case ..<1_000_000_000: tenth(Double(value) / 1_000_000) + " M"
    default: tenth(Double(value) / 1_000_000_000) + " G"
    }
  }

  /// With a comma between groups of three digits.
  static func exact(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var out = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { out.append(",") }
      out.append(digit)
    }
    return (value < 0 ? "-" : "") + out
  }

  /// `340 MB`, `2.1 GB`: powers of 1000.
  static func bytes(_ value: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    var size = Double(value)
    var unit = 0
    while size >= 999.5, unit < units.count - 1 {
      size /= 1000
      unit += 1
    }
    return unit == 0 ? "\(value) B" : (size < 10 ? tenth(size) : "\(Int(size.rounded()))") + " " + units[unit]
  }

  /// `6.2 s`, `3 min 10 s`, `2 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    if seconds < 9.95 { return tenth(seconds) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min" + (whole % 60 == 0 ? "" : " \(whole % 60) s") }
    return "\(whole / 3600) h" + (whole / 60 % 60 == 0 ? "" : " \(whole / 60 % 60) min")
  }

  /// `0:17`, `1:02:45`.
  static func clock(_ seconds: Double) -> String {
    let whole = max(0, Int(seconds.rounded()))
    let padded = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return whole < 3600
      ? "\(whole / 60):\(padded(whole % 60))"
      : "\(whole / 3600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
  }

  /// `1 row`, `9 rows`, `41 k rows`.
  static func rows(_ count: Int) -> String {
    "\(self.count(count)) \(count == 1 ? "row" : "rows")"
  }

  /// `1 part`, `12 parts`.
  static func plural(_ count: Int, _ noun: String) -> String {
    "\(exact(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  private static func tenth(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
