import Foundation

extension SnowflakeBench {
  /// What Snowflake's own Python connector got for one statement.
  package struct ConnectorAnswer: Decodable, Sendable {
    package var columns: [String]?
    /// Every value as text, bytes in hexadecimal.
    package var rows: [[String?]]?
    package var error: String?
    /// Six digits.
    package var code: String?
  }

  /// Runs statements by Snowflake's own Python connector, as a user of the bench.
  ///
  /// - Parameter throughProxy: whether the clouds behind the bench's proxy are reached.
  /// - Throws: ``Program/Failure`` when one fails, with what it said.
  @discardableResult
  package func connector(
    _ statements: [String], database: String? = nil, schema: String? = nil, user: String? = nil,
    password: String? = nil,
    throughProxy: Bool = false
  ) async throws -> [ConnectorAnswer] {
    var request: [String: BenchValue] = [
      "account": .text(facts.account), "user": .text(user ?? facts.user), "password": .text(password ?? facts.password),
      "http": .number(Double(facts.http)), "authority": .text(facts.authority),
      "statements": .list(statements.map { .text($0) }),
    ]
    if throughProxy { request["proxy"] = .number(Double(facts.proxy)) }
    if let database { request["database"] = .text(database) }
    if let schema { request["schema"] = .text(schema) }
    let input = folder + "/request-\(UUID().uuidString)"
    try JSONEncoder().encode(request).write(to: URL(fileURLWithPath: input))
    defer { try? FileManager.default.removeItem(atPath: input) }
    let program = try Program(
      Self.python, [Self.scripts + "/connector.py"], folder: folder,
      environment: ["PATH": "/usr/bin:/bin", "HOME": folder], input: input, capture: folder)
    let result = try await program.end()
    guard result.code == 0,
      let answers = try? JSONDecoder().decode([ConnectorAnswer].self, from: Data(result.output.utf8))
    else { throw Program.Failure(description: "\(result)") }
    if let failed = answers.first(where: { $0.error != nil }) {
      throw Program.Failure(description: "the connector: \(failed.code ?? "") \(failed.error ?? "")")
    }
    return answers
  }
}
