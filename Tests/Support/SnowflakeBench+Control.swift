/// A JSON value of a request to the bench.
package enum BenchValue: Encodable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByFloatLiteral, ExpressibleByDictionaryLiteral
{
  case text(String)
  case number(Double)
  case truth(Bool)
  case list([BenchValue])
  case map([String: BenchValue])

  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int) { self = .number(Double(value)) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .truth(value) }
  package init(arrayLiteral elements: BenchValue...) { self = .list(elements) }

  package init(dictionaryLiteral elements: (String, BenchValue)...) {
    self = .map(Dictionary(elements) { _, last in last })
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .number(let value):
      if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
    case .truth(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .map(let values): try container.encode(values)
    }
  }
}

/// What went over the wire, as the bench wrote it down: no headers, no bodies, no secrets.
package struct BenchRequest: Decodable, Sendable {
  /// `login`, `query`, `poll`, `s3.put` and so on.
  package var kind: String
  package var user: String
  /// Method and path.
  package var request: String
  package var sql: String?
  /// The query tag that came with the statement.
  package var tag: String?
  package var requestId: String?
  package var retryCount: String?
}

/// A fault that is set, and how often it fired.
package struct BenchFault: Decodable, Sendable {
  package var id: String
  package var act: String
  package var seen: Int
  package var fired: Int
}

extension SnowflakeBench {
  private struct Nothing: Decodable {}
  private struct Identifiers: Decodable { var ids: [String] }
  private struct Fired: Decodable { var fired: Bool }
  private struct Rows: Decodable { var rows: [[String?]] }

  /// Adds a user, or replaces one: `name`, `password`, `public_keys` (PEM), `access_tokens`, `oauth_tokens`,
  /// `expired_tokens`, `key_bits`, `roles`, `warehouses`, `disabled`, `network`.
  package func addUser(_ facts: [String: BenchValue]) async throws {
    let _: Nothing = try await control("POST", "users", facts)
  }

  /// Sets a fault: `act`, `kind`, `text`, `user`, `nth`, `times` and what the act takes; see faults.py.
  ///
  /// - Returns: its name for ``waitForFault(_:count:)`` and ``release(_:)``.
  package func setFault(_ fault: [String: BenchValue]) async throws -> String {
    let answer: Identifiers = try await control("POST", "faults", fault)
    return answer.ids[0]
  }

  /// All faults that are set.
  package func faults() async throws -> [BenchFault] { try await control("GET", "fired") }

  /// Waits until a fault has fired.
  ///
  /// - Throws: ``TimedOut`` when it has not within five minutes.
  package func waitForFault(_ id: String, count: Int = 1) async throws {
    let answer: Fired = try await control("GET", "wait?id=\(id)&count=\(count)&seconds=300")
    guard answer.fired else { throw TimedOut(what: "fault \(id) to fire") }
  }

  /// Lets go of what a fault holds.
  package func release(_ id: String) async throws {
    let _: Nothing = try await control("POST", "release", ["id": .text(id)])
  }

  /// Takes away one fault.
  package func clearFault(_ id: String) async throws {
    let _: Nothing = try await control("DELETE", "faults?id=\(id)")
  }

  /// Takes away the faults of a user, or all.
  package func clearFaults(user: String? = nil) async throws {
    let _: Nothing = try await control("DELETE", "faults" + (user.map { "?user=\($0)" } ?? ""))
  }

  /// Lets `session`, `master` or `gone` (of a user or of all), `storage` or `chunks` expire.
  package func expire(_ what: String, user: String? = nil) async throws {
    let _: Nothing = try await control(
      "POST", "expire", user.map { ["what": .text(what), "user": .text($0)] } ?? ["what": .text(what)])
  }

  /// Changes settings of the whole bench: `patience`, `inline_rows`, `chunk_rows`, `validity`,
  /// `after_abort`.
  package func set(_ settings: [String: BenchValue]) async throws {
    let _: Nothing = try await control("POST", "settings", settings)
  }

  /// Runs a statement in fakesnow itself, past the bench and past every client.
  package func rows(_ sql: String) async throws -> [[String?]] {
    let answer: Rows = try await control("POST", "sql", ["sql": .text(sql)])
    return answer.rows
  }

  /// The requests of a kind, or all, in order.
  package func requests(_ kind: String? = nil, user: String? = nil) async throws -> [BenchRequest] {
    let wanted = [kind.map { "kind=\($0)" }, user.map { "user=\($0)" }].compactMap { $0 }
    return try await control("GET", "log?" + wanted.joined(separator: "&"))
  }
}
