import Foundation
import Support

/// A database of the bench for one test, and a workspace whose target is that.
struct SnowflakeAccount {
  let bench: SnowflakeBench
  let database: String
  private let workspace: Workspace

  /// Makes the database and a user, and writes the files that lead there: `connections.toml` and `configuration.toml`.
  init(_ workspace: Workspace) async throws {
    bench = try await SnowflakeBench.shared()
    database = "E" + String(UUID().uuidString.replacing("-", with: "").prefix(12))
    self.workspace = workspace
    _ = try await bench.rows("CREATE DATABASE \(database)")
    _ = try await bench.rows("CREATE SCHEMA IF NOT EXISTS \(database).PUBLIC")
    try await bench.addUser(["name": .text(user), "password": "secret"])
    // Where Snowflake's own tools look, for the engines of a test too.
    try FileManager.default.createDirectory(
      atPath: workspace.folder + "/.snowflake", withIntermediateDirectories: true)
    try workspace.write(
      ".snowflake/connections.toml",
      """
      [bench]
      account = "\(bench.facts.account)"
      host = "127.0.0.1"
      port = \(bench.facts.http)
      protocol = "http"
      user = "\(user)"
      password = "secret"
      database = "\(database)"
      schema = "PUBLIC"
      ca_file = "\(bench.facts.authority)"
      """)
    try workspace.write(
      "configuration.toml",
      """
      [application]
      max_parallel_tasks = 2
      heartbeat_seconds = 1
      lease_seconds = 3
      snowflake_database_for_metadata = "\(metadata)"
      [connections.source.sqlite]
      path = "\(workspace.source)"
      [connections.target.snow]
      platform = "snowflake"
      connection_name = "bench"
      [state]
      path = "\(workspace.state)"
      """)
    try workspace.write(
      "facts.json",
      """
      {"account": "\(bench.facts.account)", "user": "\(user)", "password": "secret", "http": \(bench.facts.http)}
      """)
  }

  var user: String { "U" + database }

  /// Makes the user another one: see `User` in accounts.py.
  func become(_ facts: [String: BenchValue]) async throws {
    try await bench.addUser(["name": .text(user), "password": "secret"].merging(facts) { $1 })
  }

  /// The database in which runs are told of.
  private var metadata: String { "M" + database }

  /// What the account has been told of the runs of this test: name, status and detail of each, and of each table how many
  /// parts are in and how many rows.
  func told() async throws -> [[String?]] {
    let schema = "\(metadata).DATA_MIGRATION"
    return try await bench.rows(
      """
      SELECT W.WORKFLOW_NAME, W.STATUS, W.STATUS_DETAIL, P.TARGET_TABLE, P.PARTITIONS_COMPLETED::VARCHAR,
        P.ROWS_LOADED::VARCHAR, P.EXAMPLE_ERROR FROM \(schema).WORKFLOW AS W
      JOIN \(schema).TABLE_PROGRESS_WITH_EXAMPLE_ERROR AS P ON P.WORKFLOW_ID = W.WORKFLOW_ID
      ORDER BY W.CREATED_AT, P.TABLE_INDEX
      """)
  }

  /// What differs between the source's tables and those in the account, as Snowflake's own connector reads them; empty when
  /// nothing does.
  func differences(_ tables: [String]) async throws -> [String] {
    let script = [SnowflakeBench.scripts + "/compare.py", "facts.json", workspace.source, database, "PUBLIC"]
    let result = try await workspace.start(SnowflakeBench.python, script + tables).end()
    if result.code == 0 { return [] }
    return result.output.isEmpty ? [result.errors] : result.output.split(separator: "\n").map(String.init)
  }

  /// What is left in the schema that no run needs: tables beside the loaded ones, staged files.
  func leftovers() async throws -> [String] {
    let tables = try await bench.rows(
      "SELECT TABLE_NAME FROM \(database).INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE '%__SCMPLAN_%'")
    return tables.compactMap { $0.first ?? nil }
  }
}
