import HTTP

/// The refusal of a request because of where it comes from: told at once, since asking again from there is no use.
enum NetworkPolicy {
  static let code = "390422"
  /// Bytes of the longest answer that is looked into: a refusal is short, a result need not be read twice.
  private static let longest = 4096

  /// The error for an answer that says so; nil for any other.
  ///
  /// The code comes with an answer of any status. A front that knows no codes says it in words, with status 403.
  static func refusal(_ response: HTTPResponse, operation: String) -> SnowflakeError? {
    guard response.body.count <= longest else { return nil }
    let envelope = Envelope<JSONValue>(response.body)
    if let envelope, !envelope.success, envelope.code == code {
      return error(envelope.message ?? "the server gave no reason", operation)
    }
    guard response.status == 403, envelope == nil else { return nil }
    let text = String(decoding: response.body, as: UTF8.self)
    let words = #/Incoming request with IP/Token [0-9A-Fa-f.:]+ is not allowed to access/#
    guard let found = text.firstMatch(of: words) else { return nil }
    return error("\(found.output) Snowflake", operation)
  }

  private static func error(_ message: String, _ operation: String) -> SnowflakeError {
    SnowflakeError(.authentication, operation: operation, message: message, code: code)
  }
}
