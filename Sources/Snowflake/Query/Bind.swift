/// A value for a `?`, in the form that the wire wants: a type and text.
package struct Bind: Hashable, Sendable {
  package let type: String
  /// Nil for NULL.
  package let value: String?

  /// A whole or decimal number in digits.
  package static func fixed(_ digits: String?) -> Bind { Bind(type: "FIXED", value: digits) }
  package static func int(_ value: Int64?) -> Bind { Bind(type: "FIXED", value: value.map { "\($0)" }) }
  package static func real(_ value: Double?) -> Bind { Bind(type: "REAL", value: value.map { "\($0)" }) }
  package static func text(_ value: String?) -> Bind { Bind(type: "TEXT", value: value) }
  package static func bool(_ value: Bool?) -> Bind { Bind(type: "BOOLEAN", value: value.map { $0 ? "true" : "false" }) }
  /// Days since 1970-01-01, which the wire has in milliseconds.
  package static func date(days: Int64?) -> Bind { Bind(type: "DATE", value: days.map { "\($0 * 86_400_000)" }) }
  /// Nanoseconds since midnight.
  package static func time(nanoseconds: Int64?) -> Bind { Bind(type: "TIME", value: nanoseconds.map { "\($0)" }) }
  /// Nanoseconds since 1970, by the clock on the wall.
  package static func timestampNTZ(nanoseconds: Int128?) -> Bind {
    Bind(type: "TIMESTAMP_NTZ", value: nanoseconds.map { "\($0)" })
  }
  /// Nanoseconds since 1970 in UTC.
  package static func timestampLTZ(nanoseconds: Int128?) -> Bind {
    Bind(type: "TIMESTAMP_LTZ", value: nanoseconds.map { "\($0)" })
  }
  /// Nanoseconds since 1970 in UTC, and minutes by which the place is ahead of it.
  package static func timestampTZ(nanoseconds: Int128, offsetMinutes: Int) -> Bind {
    Bind(type: "TIMESTAMP_TZ", value: "\(nanoseconds) \(offsetMinutes + 1440)")
  }
  /// Hexadecimal digits.
  package static func binary(hex: String?) -> Bind { Bind(type: "BINARY", value: hex) }

  private init(type: String, value: String?) {
    self.type = type
    self.value = value
  }

  var json: JSONValue { ["type": .string(type), "value": value.map { .string($0) } ?? .null] }
}
