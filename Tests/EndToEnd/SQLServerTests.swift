import Foundation
import Support
import Testing

/// SQL Server, by the test bench and FreeTDS, into SQLite by the built program: plan, apply, refresh, and what a person is told when
/// it cannot be.
@Suite struct SQLServerTests {
  private static let schema = """
    CREATE TABLE customers (id int PRIMARY KEY, name nvarchar(40) NOT NULL, born date NULL, credit money NULL, notes nvarchar(max) NULL);
    INSERT INTO customers VALUES \((1...500).map { "(\($0), N'customer é漢 \($0)', '1970-01-\($0 % 18 + 10)', \($0).25, NULL)" }.joined(separator: ", "));
    UPDATE customers SET notes = REPLICATE(CAST(N'long ' AS nvarchar(max)), 5000) WHERE id = 77;
    CREATE TABLE events (at datetime2(7) NULL, what varchar(30));
    INSERT INTO events VALUES \((1...60).map { "('2026-01-01 00:00:00.00000\(10 + $0 / 2)', 'event \(String(format: "%02d", $0))')" }.joined(separator: ", "));
    INSERT INTO events VALUES (NULL, 'never');
    CREATE TABLE codes (code uniqueidentifier PRIMARY KEY, label varchar(20), version rowversion);
    INSERT INTO codes(code, label) VALUES \((1...90).map { "('\(String(format: "%08d", 100 - $0))-0000-4000-8000-\(String(format: "%012d", $0 * 7 % 100))', 'code \($0)')" }.joined(separator: ", "));
    """

  private static let workflow = """
    {"tables": [
      {"source": {"schemaName": "dbo", "tableName": "Customers"}, "target": {"tableName": "customers"},
       "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 100}},
      {"source": {"tableName": "events"}, "target": {"tableName": "events"},
       "synchronization": {"strategy": "watermark", "watermarkColumn": "at"}},
      {"source": {"tableName": "[codes]"}, "target": {"tableName": "codes"}, "primaryKeyColumns": ["code"],
       "synchronization": {"strategy": "watermark", "watermarkColumn": "version", "trackModifications": true},
       "partitionSize": {"maxRowsPerPartition": 30}}
    ]}
    """

  private func configure(_ workspace: Workspace, _ database: TDSDatabase, _ settings: String? = nil, port: Int? = nil)
    throws
  {
    try workspace.write(
      "configuration.toml",
      """
      [application]
      heartbeat_seconds = 1
      lease_seconds = 3

      [connections.source.sqlserver]
      host = "127.0.0.1"
      port = \(port ?? database.server.facts.port)
      database = "\(database.name)"
      username = "\(database.name)"
      \(settings ?? "password = \"cmd:echo \(database.password)\"")

      [connections.target.sqlite]
      path = "\(workspace.target)"

      [state]
      path = "\(workspace.state)"
      """)
  }

  /// The same rows, as both sides write them.
  private func expectEqual(_ workspace: Workspace, _ database: TDSDatabase, orders: Bool = true) async throws {
    let target = try workspace.openTarget()
    for (source, loaded) in [
      (
        "SELECT CAST(id AS nvarchar(20)) + N'|' + name + N'|' + ISNULL(CONVERT(nvarchar(20), born, 23), N'~') + N'|' + "
          + "ISNULL(CAST(CAST(credit AS decimal(19,2)) AS nvarchar(20)), N'~') + N'|' + ISNULL(notes, N'~') FROM customers ORDER BY id",
        "SELECT id || '|' || name || '|' || ifnull(born, '~') || '|' || ifnull(printf('%.2f', credit), '~') || '|' "
          + "|| ifnull(notes, '~') FROM customers ORDER BY id"
      ),
      (
        "SELECT ISNULL(CONVERT(nvarchar(40), at, 121), N'~') + N'|' + what FROM events ORDER BY what COLLATE Latin1_General_BIN2",
        "SELECT ifnull(at, '~') || '|' || what FROM events ORDER BY what"
      ),
      (
        "SELECT LOWER(CAST(code AS nvarchar(36))) + N'|' + label + N'|' + CONVERT(nvarchar(16), CAST(version AS binary(8)), 2) AS x "
          + "FROM codes ORDER BY LOWER(CAST(code AS nvarchar(36)))",
        "SELECT code || '|' || label || '|' || hex(version) FROM codes ORDER BY code"
      ),
    ] {
      let wanted = try await database.script(source).map { $0[0] ?? "" }
      #expect(try target.texts(loaded) == wanted)
    }
  }

  @Test func plansAppliesAndRefreshes() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      try await database.script(Self.schema)
      try await database.set(["snapshot_isolation_state": 1])
      try configure(workspace, database)
      try workspace.write("wf.json", Self.workflow)
      let checked = try await workspace.run("check", "wf.json")
      #expect(checked.code == 0 && checked.output.contains("3 of 3 tables found"), "\(checked)")

      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0 && planned.output.contains("Plan: 3 tables to create, 9 parts to load"), "\(planned)")
      #expect(planned.output.contains("MIN_ACTIVE_ROWVERSION"), "\(planned)")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0 && applied.output.contains("Run 1 completed"), "\(applied) \(workspace.engineLog)")
      try await expectEqual(workspace, database)
      let again = try await workspace.run("plan", "wf.json")
      #expect(again.code == 0 && again.output.contains("No changes."), "\(again)")

      try await database.script(
        """
        UPDATE customers SET notes = N'short' WHERE id = 77; DELETE FROM customers WHERE id = 1;
        INSERT INTO events VALUES ('2026-01-01 00:00:00.0000040', 'tie'), ('2026-01-02', 'zz a day later');
        UPDATE codes SET label = 'changed' WHERE label = 'code 7'; INSERT INTO codes(code, label) VALUES (NEWID(), 'new')
        """)
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(
        refreshed.code == 0 && refreshed.output.contains("wf: 3 of 3 tables changed"),
        "\(refreshed) \(workspace.engineLog)")
      try await expectEqual(workspace, database)
      try await workspace.enginesEnd()
    }
  }

  /// Deadlocks, killed sessions and a failover on the way: the run completes all the same, with the same rows.
  @Test func goesOnThroughFaults() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      try await database.script(Self.schema)
      try await database.set(["snapshot_isolation_state": 1])
      try configure(workspace, database)
      try workspace.write("wf.json", Self.workflow)
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      var faults: [String] = []
      for fault: [String: BenchValue] in [
        ["act": "error", "text": "^SELECT \\[id\\]", "number": 1205, "rows": 20],
        ["act": "error", "text": "^SELECT \\[id\\]", "number": 596, "rows": 20, "nth": 3],
        ["act": "reset", "text": "^SELECT \\[code\\]", "rows": 10],
        ["act": "failover", "text": "^SELECT \\[at\\]", "logins": 2],
      ] { faults.append(try await database.setFault(fault)) }
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0 && applied.output.contains("Run 1 completed"), "\(applied) \(workspace.engineLog)")
      for fault in faults { #expect(try await database.server.fired(fault) >= 1) }
      try await expectEqual(workspace, database)
      try await workspace.enginesEnd()
    }
  }

  @Test func goesOnWhereATableChangedMeanwhile() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      try await database.script(Self.schema)
      try configure(workspace, database)
      try workspace.write("wf.json", Self.workflow)
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0 && planned.output.contains("ALLOW_SNAPSHOT_ISOLATION"), "\(planned)")
      try await database.script("ALTER TABLE events ADD more int NULL; DROP TABLE codes")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 5, "\(applied)")
      let said = applied.said
      #expect(
        said.contains("columns or keys changed since the plan") && said.contains("no such table any more"), "\(applied)"
      )
      let target = try workspace.openTarget()
      #expect(try target.integer("SELECT count(*) FROM customers") == 500)
      try await workspace.enginesEnd()
    }
  }

  @Test func saysWhatToDoWhenItCannotConnect() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      try await database.script(Self.schema)
      try workspace.write("wf.json", Self.workflow)
      for (settings, words) in [
        ("password = \"cmd:echo hidden-word\"", "check username and password"),
        ("password = \"cmd:echo secret\"\nodbc_connection_string = \"cmd:echo Database=nowhere\"", "check database"),
        (
          "password = \"cmd:echo secret\"\ndriver = \"ODBC Driver 99 for SQL Server\"",
          "FreeTDS is in the package tdsodbc"
        ),
        (
          "password = \"cmd:echo secret\"\ntrust_server_certificate = false\ndriver = \"FreeTDS\"",
          "FreeTDS encrypts without asking"
        ),
      ] {
        try configure(workspace, database, settings)
        let refused = try await workspace.run("plan", "wf.json")
        #expect(refused.code == 1 && refused.complaint.contains(words), "\(words): \(refused)")
        #expect(!"\(refused)".contains("hidden-word"))
        let checked = try await workspace.run("check", "wf.json")
        #expect(checked.code == 1 && checked.said.contains(words.prefix(7)), "\(checked)")
      }
      try configure(workspace, database, port: 1)
      let unreachable = try await workspace.run("plan", "wf.json")
      #expect(unreachable.code == 1 && unreachable.complaint.contains("check host and port"), "\(unreachable)")
      // Encryption that the server will not have.
      try configure(
        workspace, database, "password = \"cmd:echo secret\"\nencrypt = true", port: database.server.facts.plainPort)
      let plain = try await workspace.run("plan", "wf.json")
      #expect(plain.code == 1 && plain.complaint.contains("encrypt"), "\(plain)")
      // And one that it demands.
      try configure(workspace, database, port: database.server.facts.securePort)
      let encrypted = try await workspace.run("check", "wf.json")
      #expect(encrypted.code == 0, "\(encrypted)")
      #expect(try await database.requests("login").last?.encrypted == true)
    }
  }

  /// FreeTDS says no more of it than that it cannot connect.
  @Test func trustsTheCertificatesThatFreeTDSIsGiven() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      try await database.script(Self.schema)
      let other = try PostgresServer.shared().certificate
      try configure(
        workspace, database,
        "password = \"cmd:echo secret\"\nencrypt = \"yes\"\nodbc_connection_string = \"cmd:echo Servername=bench\"")
      try workspace.write("wf.json", Self.workflow)
      for (authority, code) in [(other, 1), (database.server.facts.certificate, 0)]
        as [(String, Int32)]
      {
        let known = try workspace.write(
          "freetds.conf",
          "[bench]\n  host = 127.0.0.1\n  port = \(database.server.facts.port)\n  ca file = \(authority)\n")
        let planned = try await workspace.run("plan", "wf.json", environment: ["FREETDSCONF": known])
        #expect(planned.code == code, "\(planned)")
        let said = planned.errors.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(code == 0 || said.contains("the ca file where freetds.conf names one"), "\(planned)")
      }
    }
  }

  @Test func writesAFirstWorkflow() async throws {
    try await Workspace.with { workspace in
      let database = try await TDSServer.shared().database()
      try await database.script("CREATE TABLE [we]]ird t] (i int);\nGO\nCREATE VIEW v AS SELECT i FROM [we]]ird t]")
      try configure(workspace, database)
      let written = try await workspace.run("init", "wf.json")
      #expect(written.code == 0 && written.output.contains("1 table of SQL Server"), "\(written)")
      #expect(try workspace.read("wf.json").contains("we]"))
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      let views = try await workspace.run("init", "views.json", "--views")
      #expect(views.code == 0 && views.output.contains("2 tables"), "\(views)")
    }
  }
}
