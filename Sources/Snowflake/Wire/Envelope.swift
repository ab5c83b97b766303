import Foundation

/// What wraps every answer of the session protocol: `{"data": …, "code": …, "message": …, "success": …}`.
struct Envelope<Content: Decodable>: Decodable {
  let data: Content?
  /// Six digits, or nil when the server sent none.
  let code: String?
  let message: String?
  let success: Bool

  private enum Key: String, CodingKey {
    case data, code, message, success
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    success = try container.decode(Bool.self, forKey: .success)
    code = try container.decodeIfPresent(JSONValue.self, forKey: .code)?.text.map(ServerCode.sixDigits)
    message = try container.decodeIfPresent(JSONValue.self, forKey: .message)?.text
    // What comes with a failure is of many shapes, and none of them matters as much as the failure.
    data =
      success
      ? try container.decodeIfPresent(Content.self, forKey: .data) : try? container.decode(Content.self, forKey: .data)
  }

  /// Nil when the bytes are no such answer: cut off, or a page of something in between.
  init?(_ body: [UInt8]) {
    guard let envelope = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
    self = envelope
  }
}

/// A number that some servers write as text.
struct LenientInteger: Decodable, Hashable, Sendable {
  let value: Int64?

  init(from decoder: any Decoder) throws {
    value = try JSONValue(from: decoder).text.flatMap { Int64($0) }
  }
}

/// A session parameter as the server reports it.
struct ReportedParameter: Decodable, Sendable {
  let name: String
  let value: JSONValue?
}
