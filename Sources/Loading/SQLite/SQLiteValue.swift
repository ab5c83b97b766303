import Catalogs
import Foundation
import GRDB
import Plans

/// A plan's key value as the load stores it: what a key range or a watermark is compared with.
enum SQLiteValue {
  /// - Throws: ``LoadingError`` when the value is none of the column's type.
  static func stored(_ value: KeyValue, as type: LogicalType, place: String) throws -> DatabaseValue {
    switch (type, value) {
    case (_, .integer(let value)): return value.databaseValue
    case (_, .real(let value)): return value.isNaN ? "NaN".databaseValue : value.databaseValue
    case (_, .bytes(let bytes)): return Data(bytes).databaseValue
    case (.boolean, .text(let text)), (.integer, .text(let text)): return try integer(text, place).databaseValue
    case (.float, .text(let text)): return try real(text, place).databaseValue
    case (.decimal(let precision, let scale), .text(let text)):
      guard let digits = DecimalText(text, scale: scale) else { throw refused("a decimal of scale \(scale)", place) }
      guard precision <= SQLiteDialect.numericDigits else { return digits.text.databaseValue }
      return digits.number
    case (.uuid, .text(let text)): return text.lowercased().databaseValue
    case (.time(let scale), .text(let text)), (.timestamp(let scale), .text(let text)):
      return try clock(text, scale, "", place).databaseValue
    case (.instant(let scale), .text(let text)): return try clock(text, scale, "Z", place).databaseValue
    case (.date, .text(let text)), (.text, .text(let text)), (.variant, .text(let text)), (.binary, .text(let text)):
      return text.databaseValue
    }
  }

  private static func integer(_ text: String, _ place: String) throws -> Int64 {
    guard let value = Int64(text) else { throw refused("an integer", place) }
    return value
  }

  private static func real(_ text: String, _ place: String) throws -> Double {
    guard let value = Double(text), !value.isNaN else { throw refused("a number", place) }
    return value
  }

  /// A time or timestamp as it is stored: a blank before the time, `scale` digits behind the second, `Z` for UTC. More
  /// digits than that stay, so that the value keeps its place between two stored ones.
  private static func clock(_ text: String, _ scale: Int, _ zone: String, _ place: String) throws -> String {
    var text = text.replacing("T", with: " ")
    if !zone.isEmpty {
      guard let suffix = ["Z", "+00:00", "+00"].first(where: text.hasSuffix) else {
        throw refused("a timestamp in UTC", place)
      }
      text.removeLast(suffix.count)
    }
    let pieces = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    var fraction = pieces.count > 1 ? String(pieces[1]) : ""
    guard !pieces[0].isEmpty, fraction.allSatisfy(\.isWholeNumber) else { throw refused("a time", place) }
    while fraction.count > scale, fraction.last == "0" { fraction.removeLast() }
    guard zone.isEmpty || fraction.count <= scale else { throw refused("a timestamp of scale \(scale)", place) }
    while fraction.count < scale { fraction.append("0") }
    return pieces[0] + (fraction.isEmpty ? "" : "." + fraction) + zone
  }

  private static func refused(_ what: String, _ place: String) -> LoadingError {
    LoadingError(.statementFailed, at: place, "a value of the plan is not \(what); make a new plan")
  }
}
