package import Catalogs
package import Plans

/// A plan's key value as a literal of the type its column has: what a key range or a watermark is compared with.
package enum SnowflakeValue {
  /// - Throws: ``LoadingError`` when the value is none of the column's type.
  package static func literal(_ value: KeyValue, as type: LogicalType, place: String) throws -> String {
    switch (type, value) {
    case (.boolean, .integer(let value)): return value == 0 ? "FALSE" : "TRUE"
    case (.boolean, .text(let text)):
      guard
        let value = ["0": "FALSE", "f": "FALSE", "false": "FALSE", "1": "TRUE", "t": "TRUE", "true": "TRUE"][
          text.lowercased()]
      else { throw refused("true or false", place) }
      return value
    case (_, .integer(let value)): return String(value)
    case (_, .real(let value)): return real(value)
    case (_, .bytes(let bytes)): return "TO_BINARY('\(Hex.text(bytes))', 'HEX')"
    case (.integer, .text(let text)), (.decimal, .text(let text)):
      guard isNumber(text) else { throw refused("a number", place) }
      return text
    case (.float, .text(let text)):
      guard let value = Double(text) else { throw refused("a number", place) }
      return real(value)
    case (.date, .text(let text)): return "\(SnowflakeName.text(text))::DATE"
    case (.time, .text(let text)): return "\(SnowflakeName.text(text))::TIME(9)"
    case (.timestamp, .text(let text)): return "\(SnowflakeName.text(text))::TIMESTAMP_NTZ(9)"
    case (.instant, .text(let text)):
      return "\(SnowflakeName.text(try inUTC(text, place)))::TIMESTAMP_TZ(9)"
    case (.uuid, .text(let text)): return SnowflakeName.text(text.lowercased())
    case (.text, .text(let text)), (.variant, .text(let text)), (.binary, .text(let text)):
      return SnowflakeName.text(text)
    }
  }

  /// The shortest digits that read back as the same double; a cast keeps Snowflake from taking them for a decimal.
  private static func real(_ value: Double) -> String {
    let text = value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-inf" : "inf") : "\(value)"
    return "'\(text)'::FLOAT"
  }

  private static func isNumber(_ text: String) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let pieces = digits.split(separator: ".", omittingEmptySubsequences: false)
    return (1...2).contains(pieces.count)
      && pieces.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
  }

  /// A moment with its offset in words that Snowflake reads whatever its session's formats are.
  private static func inUTC(_ text: String, _ place: String) throws -> String {
    guard let suffix = ["Z", "+00:00", "+00"].first(where: text.hasSuffix) else {
      throw refused("a timestamp in UTC", place)
    }
    return String(text.dropLast(suffix.count)).replacing("T", with: " ") + " +00:00"
  }

  private static func refused(_ what: String, _ place: String) -> LoadingError {
    LoadingError(.statementFailed, at: place, "a value of the plan is not \(what); make a new plan")
  }
}
