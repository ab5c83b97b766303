import Foundation

/// Moments as AWS writes them: ISO 8601 in UTC, with or without a fraction.
enum AWSTime {
  /// Milliseconds since 1970; nil for anything else.
  static func milliseconds(_ text: String) -> Int64? {
    let whole = try? Date(text, strategy: .iso8601)
    let date = whole ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    return date.map { Int64($0.timeIntervalSince1970 * 1000) }
  }
}
