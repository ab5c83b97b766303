import Foundation
import Support
import Testing

/// Changes of shape in sources whose catalogs number their columns, into both targets: a new name is told as one and followed in
/// place, and more room moves no row.
@Suite struct SourceRenameTests {
  /// A change of the source, what the refused refresh says of it, and how many parts move of a table by checksum and of one by
  /// watermark; nil where it depends.
  struct Step {
    var source: String
    var said: [String]
    var moved: [Int]?
    /// Run in the target before the plan is applied.
    var target = ""
  }

  private static func workflow(schema: String, target: String = "") -> String {
    """
    {"defaultTableConfiguration": {"source": {"schemaName": "\(schema)"}\(target)},
     "tables": [
      {"source": {"tableName": "tc"}, "target": {"tableName": "tc"}, "synchronization": {"strategy": "checksum"},
       "partitionSize": {"maxRowsPerPartition": 20}},
      {"source": {"tableName": "tw"}, "target": {"tableName": "tw"},
       "synchronization": {"strategy": "watermark", "watermarkColumn": "at"}}
    ]}
    """
  }

  /// `$t` in a statement stands for each of the two tables.
  private static func each(_ sql: String) -> String {
    ["tc", "tw"].map { sql.replacing("$t", with: $0) }.joined(separator: ";\n")
  }

  private static func take(
    _ step: Step, _ workspace: Workspace, _ change: (String) async throws -> Void
  ) async throws {
    try await change(each(step.source))
    let refused = try await workspace.run("refresh", "wf.json")
    #expect(refused.code == 1, "\(step.source): \(refused)")
    for words in step.said { #expect(refused.complaint.contains(words), "\(words) is not in \(refused)") }
    if !step.target.isEmpty { try workspace.openTarget().execute(each(step.target)) }
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    #expect(applied.code == 0, "\(step.source): \(applied) \(workspace.engineLog)")
    if let moved = step.moved {
      let found = try workspace.openState().texts(
        "SELECT loaded_parts FROM run_tables WHERE run = (SELECT max(run) FROM run_tables) ORDER BY table_index")
      #expect(found == moved.map { "\($0)" }, "\(step.source): \(applied)")
    }
    let verified = try await workspace.run("verify", "wf.json")
    #expect(verified.code == 0, "\(step.source): \(verified)")
    let calm = try await workspace.run("refresh", "wf.json")
    #expect(calm.code == 0 && calm.output == "", "\(step.source): \(calm)")
  }

  private static let postgres = """
    CREATE TABLE $t (id int PRIMARY KEY, at int NOT NULL, name varchar(20) COLLATE "C" NOT NULL, note text COLLATE "C", qty int,
      price numeric(10,2));
    INSERT INTO $t SELECT i, i / 2, 'name ' || i, 'note ' || i, i * 3, i / 4.0 FROM generate_series(1, 60) AS i
    """

  private static let renamedAndWidened = Step(
    source: """
      ALTER TABLE $t RENAME COLUMN note TO remark; ALTER TABLE $t ALTER name TYPE varchar(40) COLLATE "C", ALTER qty TYPE bigint,
        ALTER price TYPE numeric(12,2)
      """,
    said: [
      "column note renamed to remark", "column name character varying(20) -> character varying(40)",
      "column qty integer -> bigint", "column price numeric(10,2) -> numeric(12,2)",
    ], moved: [0, 0])

  @Test func postgreSQLToSQLite() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try PostgreSQLTests.configure(workspace, database)
      try database.run(Self.each(Self.postgres))
      try workspace.write("wf.json", Self.workflow(schema: "public"))
      let loaded = try await workspace.run("apply", "wf.json", "--auto-approve")
      try #require(loaded.code == 0, "\(loaded)")
      for step in [
        Self.renamedAndWidened,
        Step(
          source: "ALTER TABLE $t ALTER name DROP NOT NULL; ALTER TABLE $t ALTER qty SET NOT NULL",
          said: ["column name NOT NULL -> NULL", "column qty NULL -> NOT NULL"], moved: [0, 0]),
        Step(
          source: "ALTER TABLE $t ALTER price TYPE numeric(12,4)",
          said: ["column price numeric(12,2) -> numeric(12,4)"],
          moved: [3, 1]),
        Step(
          source: "ALTER TABLE $t ALTER name TYPE varchar(6) COLLATE \"C\" USING left(name, 6)",
          said: ["column name character varying(40) -> character varying(6)"], moved: [3, 1]),
        Step(
          source: "ALTER TABLE $t ADD COLUMN more int NOT NULL DEFAULT 3", said: ["column more integer: column added"],
          moved: [3, 1]),
        Step(
          source: "ALTER TABLE $t DROP COLUMN more; ALTER TABLE $t ADD COLUMN more int NOT NULL DEFAULT 4",
          said: ["column more integer -> integer"], moved: [3, 1]),
        Step(
          source: "ALTER TABLE $t ALTER name TYPE varchar(6) COLLATE \"und-x-icu\"",
          said: ["column name", "COLLATE und-x-icu"],
          moved: [3, 1]),
        Step(source: "ALTER TABLE $t DROP COLUMN remark", said: ["column remark text: column dropped"], moved: [3, 1]),
        Step(
          source: "ALTER TABLE $t DROP CONSTRAINT $t_pkey; ALTER TABLE $t ADD PRIMARY KEY (id, at)",
          said: ["key id -> id, at"], moved: nil),
      ] {
        try await Self.take(step, workspace) { try database.run($0) }
      }
      let columns = try workspace.openTarget().texts("SELECT name FROM pragma_table_info('tc')")
      #expect(columns == ["id", "at", "name", "remark", "qty", "price", "more"])
    }
  }

  @Test func postgreSQLToSnowflake() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let database = try PostgresServer.shared().database()
      let source = """
        [connections.source.postgresql]
        host = "\(database.server.host)"
        port = \(database.server.port)
        database = "\(database.name)"
        username = "\(database.server.user)"
        """
      try workspace.write(
        "configuration.toml",
        try workspace.read("configuration.toml").replacing(
          "[connections.source.sqlite]\npath = \"\(workspace.source)\"", with: source))
      try database.run(Self.each(Self.postgres))
      let place = #", "target": {"databaseName": "\#(account.database)", "schemaName": "public"}"#
      try workspace.write("wf.json", Self.workflow(schema: "public", target: place))
      let loaded = try await workspace.run("apply", "wf.json", "--auto-approve")
      try #require(loaded.code == 0, "\(loaded) \(workspace.engineLog)")
      for step in [
        Self.renamedAndWidened,
        Step(
          source: "ALTER TABLE $t ALTER name DROP NOT NULL", said: ["column name NOT NULL -> NULL"], moved: [0, 0]),
        Step(
          source: "ALTER TABLE $t ADD COLUMN more int NOT NULL DEFAULT 3", said: ["column more integer: column added"],
          moved: [3, 1]),
      ] {
        try await Self.take(step, workspace) { try database.run($0) }
      }
      try database.run("UPDATE tc SET name = NULL WHERE id = 7; UPDATE tc SET name = repeat('x', 40) WHERE id = 8")
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 0, "\(refreshed) \(workspace.engineLog)")
      let found = try await account.bench.rows(
        "SELECT REMARK, NAME FROM \(account.database).PUBLIC.TC WHERE ID IN (7, 8) ORDER BY ID")
      #expect(found == [["note 7", nil], ["note 8", String(repeating: "x", count: 40)]])
    }
  }

  @Test func sqlServerToSQLite() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      try await database.set(["snapshot_isolation_state": 1])
      try workspace.write(
        "configuration.toml",
        """
        [application]
        heartbeat_seconds = 1
        lease_seconds = 3
        [connections.source.sqlserver]
        host = "127.0.0.1"
        port = \(database.server.facts.port)
        database = "\(database.name)"
        username = "\(database.name)"
        password = "cmd:echo \(database.password)"
        [connections.target.sqlite]
        path = "\(workspace.target)"
        [state]
        path = "\(workspace.state)"
        """)
      let rows = (1...60).map { "(\($0), \($0 / 2), N'name \($0)', N'note \($0)', \($0 * 3))" }.joined(separator: ", ")
      let table = { (name: Int, quantity: String) in
        """
        CREATE TABLE $t (id int PRIMARY KEY, at int NOT NULL, name nvarchar(\(name)) NOT NULL, remark nvarchar(30), qty \(quantity));
        INSERT INTO $t VALUES \(rows)
        """
      }
      try await database.script(Self.each(table(20, "int").replacing("remark", with: "note")))
      try workspace.write("wf.json", Self.workflow(schema: "dbo"))
      let loaded = try await workspace.run("apply", "wf.json", "--auto-approve")
      try #require(loaded.code == 0, "\(loaded) \(workspace.engineLog)")
      for step in [
        Step(
          source: "EXEC sp_rename 'dbo.$t.note', 'remark', 'COLUMN'", said: ["column note renamed to remark"],
          moved: [0, 0]),
        // A table that was made anew: its numbers say nothing, and its values are the same.
        Step(
          source: "DROP TABLE $t; \(table(40, "bigint"))",
          said: ["column name nvarchar(20) COLLATE", "column qty int -> bigint"], moved: [0, 0]),
        Step(
          source: "ALTER TABLE $t DROP COLUMN remark", said: ["column remark nvarchar(30): column dropped"],
          moved: [3, 1]),
        Step(
          source: "ALTER TABLE $t ADD more int NOT NULL DEFAULT 3", said: ["column more int: column added"],
          moved: [3, 1]),
      ] {
        try await Self.take(step, workspace) { try await database.script($0) }
      }
      #expect(
        try workspace.openTarget().texts("SELECT name FROM pragma_table_info('tc')") == [
          "id", "at", "name", "remark", "qty", "more",
        ])
    }
  }
}
