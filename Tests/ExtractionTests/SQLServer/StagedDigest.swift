import Catalogs
import Crypto
import Foundation
import Plans

/// The digest of docs/checksums.md over rows as they were staged: what a worker reckons from the files alone.
struct StagedDigest {
  private(set) var digest = RowDigest()

  /// - Parameter columns: the table's own columns, whose declared types decide the digits.
  init(_ rows: StagedRows, _ columns: [Column]) throws {
    for row in rows {
      let text = zip(row, columns).map { Self.field($0, $1) }.joined()
      try add(text)
    }
  }

  /// - Parameter canonical: the canonical text of each row.
  init(_ canonical: [String]) throws {
    for row in canonical { try add(row) }
  }

  private mutating func add(_ row: String) throws {
    let hex = try Array(row.utf8).withUnsafeBytes { try SHA256().digest($0) }.hex
    digest.add(high: UInt64(hex.prefix(16), radix: 16)!, low: UInt64(hex.dropFirst(16).prefix(16), radix: 16)!)
  }

  private static func field(_ value: String, _ column: Column) -> String {
    if value == "NULL" { return "n" }
    let declared = TypeName(column.declaredType)
    func written(_ letter: String, _ text: String) -> String { "\(letter)\(text.utf8.count):\(text)" }
    switch column.type {
    case .boolean: return written("b", value == "true" ? "1" : "0")
    case .integer: return written("i", value)
    case .decimal(_, let scale): return written("m", decimal(value, scale))
    case .float: return written("f", real(Double(value)!))
    case .text, .variant: return written("s", String(value.dropFirst().dropLast()))
    case .uuid: return written("u", String(value.dropFirst().dropLast()))
    case .binary: return written("x", String(value.dropFirst()))
    case .date: return written("d", moment(Int(value.dropFirst(4))! * 86_400, 0, 0).components(separatedBy: " ")[0])
    case .time(let scale):
      let text = ticks(value, isFine: scale > 6, digits: scale)
      return written("h", String(text.dropFirst(11)))
    case .timestamp(let scale): return written("p", ticks(value, isFine: scale > 6, digits: scale))
    case .instant(let scale):
      // Such a column is staged as an instant where every offset is zero, and a digest counts offsets.
      return written("s", ticks(value, isFine: scale > 6, digits: declared?.arguments.first ?? 7) + " +00:00")
    }
  }

  /// `-5e-2` as `-0.05`.
  private static func decimal(_ value: String, _ scale: Int) -> String {
    var digits = value.components(separatedBy: "e-")[0]
    let sign = digits.hasPrefix("-") ? "-" : ""
    if !sign.isEmpty { digits.removeFirst() }
    while digits.count <= scale { digits = "0" + digits }
    return sign + (scale == 0 ? digits : digits.dropLast(scale) + "." + digits.suffix(scale))
  }

  private static func real(_ value: Double) -> String {
    let text = String(format: "%.16e", value)
    let pieces = text.components(separatedBy: "e")
    let exponent = pieces[1].dropFirst()
    return pieces[0] + "e" + pieces[1].prefix(1) + String(repeating: "0", count: 3 - exponent.count) + exponent
  }

  private static func ticks(_ value: String, isFine: Bool, digits: Int) -> String {
    let count = Int(value.dropFirst(5))!
    let unit = isFine ? 1_000_000_000 : 1_000_000
    let floor = count >= 0 ? count / unit : (count - unit + 1) / unit
    return moment(floor, (count - floor * unit) * (isFine ? 1 : 1000), digits)
  }

  private static func moment(_ seconds: Int, _ nanoseconds: Int, _ digits: Int) -> String {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let clockSeconds = seconds - days * 86_400
    // Years, months and days of the proleptic Gregorian calendar, by counting: some calendars turn Julian in 1582.
    var (year, rest) = (1, days + 719_162)
    func length(_ year: Int) -> Int { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365 }
    while rest >= length(year) {
      rest -= length(year)
      year += 1
    }
    var month = 1
    for count in [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] where rest >= count {
      rest -= count
      month += 1
    }
    let clock = String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", year, month, rest + 1, clockSeconds / 3600, clockSeconds / 60 % 60,
      clockSeconds % 60)
    return digits == 0 ? clock : clock + "." + String(format: "%09d", nanoseconds).prefix(digits)
  }
}
