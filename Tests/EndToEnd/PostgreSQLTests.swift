import Foundation
import Support
import Testing

/// PostgreSQL into SQLite by the built program: plan, apply, refresh, and what a person is told when it cannot be.
@Suite struct PostgreSQLTests {
  private static let schema = """
    CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(40) NOT NULL, born date, credit numeric(10,2), tags text[]);
    INSERT INTO customers SELECT i, 'customer ' || i, date '1970-01-01' + i::int, i * 1.25, ARRAY['a', i::text]
      FROM generate_series(1, 500) AS i;
    CREATE TABLE events (at timestamptz, what text);
    INSERT INTO events SELECT timestamptz '2026-01-01 00:00+00' + i / 2 * interval '1 microsecond', 'event ' || i
      FROM generate_series(1, 60) AS i;
    INSERT INTO events VALUES (NULL, 'never');
    CREATE TABLE codes (code uuid PRIMARY KEY, label text COLLATE "C");
    INSERT INTO codes SELECT md5(i::text)::uuid, 'code ' || i FROM generate_series(1, 90) AS i;
    """

  private static let workflow = """
    {"tables": [
      {"source": {"schemaName": "public", "tableName": "customers"}, "target": {"tableName": "customers"},
       "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 100}},
      {"source": {"tableName": "events"}, "target": {"tableName": "events"},
       "synchronization": {"strategy": "watermark", "watermarkColumn": "at"}},
      {"source": {"tableName": "codes"}, "target": {"tableName": "codes"},
       "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 30}}
    ]}
    """

  /// Writes the configuration of a connection to `database`, with further settings of it.
  static func configure(_ workspace: Workspace, _ database: PostgresDatabase, _ settings: String = "") throws {
    let user = settings.contains("username") ? "" : "username = \"\(database.server.user)\"\n"
    try workspace.write(
      "configuration.toml",
      """
      [application]
      heartbeat_seconds = 1
      lease_seconds = 3

      [connections.source.postgresql]
      host = "\(database.server.host)"
      port = \(database.server.port)
      database = "\(database.name)"
      \(user)\(settings)

      [connections.target.sqlite]
      path = "\(workspace.target)"

      [state]
      path = "\(workspace.state)"
      """)
  }

  /// The same rows, as both sides write them.
  private func expectEqual(_ workspace: Workspace, _ database: PostgresDatabase) throws {
    let target = try workspace.openTarget()
    for (source, loaded) in [
      (
        "SELECT concat_ws('|', id, name, coalesce(born::text, '~'), coalesce(credit::text, '~'), "
          + "coalesce(array_to_json(tags)::text, '~')) FROM customers ORDER BY id",
        "SELECT id || '|' || name || '|' || ifnull(born, '~') || '|' || ifnull(printf('%.2f', credit), '~') || '|' "
          + "|| ifnull(tags, '~') FROM customers ORDER BY id"
      ),
      (
        "SELECT coalesce(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.USZ'), '~') || '|' || what FROM events "
          + "ORDER BY what COLLATE \"C\"",
        "SELECT ifnull(at, '~') || '|' || what FROM events ORDER BY what"
      ),
      ("SELECT code || '|' || label FROM codes ORDER BY code", "SELECT code || '|' || label FROM codes ORDER BY code"),
    ] {
      let wanted = try database.run(source).split(separator: "\n").map(String.init)
      #expect(try target.texts(loaded) == wanted)
    }
  }

  @Test func plansAppliesAndRefreshes() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      try Self.configure(workspace, database)
      try workspace.write("wf.json", Self.workflow)
      let checked = try await workspace.run("check", "wf.json")
      #expect(checked.code == 0 && checked.output.contains("3 of 3 tables found"), "\(checked)")

      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0 && planned.output.contains("Plan: 3 tables to create, 9 parts to load"), "\(planned)")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0 && applied.output.contains("Run 1 completed"), "\(applied)")
      try expectEqual(workspace, database)
      let again = try await workspace.run("plan", "wf.json")
      #expect(again.code == 0 && again.output.contains("No changes."), "\(again)")

      try database.run(
        """
        UPDATE customers SET tags = '{}' WHERE id = 250; DELETE FROM customers WHERE id = 1;
        INSERT INTO customers VALUES (501, 'new', 'infinity', NULL, NULL); DELETE FROM customers WHERE id = 501;
        INSERT INTO events VALUES ('2026-01-01 00:00:00.00003+00', 'a tie'), ('2026-01-02 00:00+00', 'a day later');
        UPDATE codes SET label = 'changed' WHERE code = md5('7')::uuid;
        """)
      let stale = try await workspace.run("verify", "wf.json", "--show-values")
      #expect(stale.code == 6, "\(stale)")
      for line in [
        "2 rows differ in 1 of 5 parts", "1 row to come with the next refresh", "differs in: label",
        "label: 'changed' in the source, 'code 7' in the target",
      ] {
        #expect(stale.output.contains(line), "\(line): \(stale)")
      }
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 0 && refreshed.output.contains("wf: 3 of 3 tables changed"), "\(refreshed)")
      try expectEqual(workspace, database)
      try await VerifyTests.expectEqual(workspace)
      try await workspace.enginesEnd()
    }
  }

  @Test func goesOnWhereATableChangedMeanwhile() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      try Self.configure(workspace, database)
      try workspace.write("wf.json", Self.workflow)
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      try database.run("ALTER TABLE events ADD COLUMN more int; UPDATE customers SET name = 'later' WHERE id = 3")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 5, "\(applied)")
      #expect(applied.said.contains("columns or keys changed since the plan"), "\(applied)")
      let target = try workspace.openTarget()
      #expect(try target.integer("SELECT count(*) FROM customers") == 500)
      try await workspace.enginesEnd()
    }
  }

  @Test func saysWhatToDoWhenItMayNotRead() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema + "GRANT SELECT ON customers, codes TO needs_password")
      try workspace.write("wf.json", Self.workflow)
      try Self.configure(workspace, database, "username = \"needs_password\"\npassword = \"cmd:echo right\"")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(
        planned.code == 1 && planned.complaint.contains("table public.events: the login may not read it"), "\(planned)")
      #expect(!planned.errors.contains("customers"), "only what is missing is named: \(planned)")
      let checked = try await workspace.run("check", "wf.json")
      #expect(checked.code == 1 && checked.said.contains("grant SELECT on"), "\(checked)")

      try Self.configure(workspace, database, "username = \"needs_password\"\npassword = \"cmd:echo wrong-secret\"")
      let refused = try await workspace.run("plan", "wf.json")
      #expect(refused.code == 1 && refused.complaint.contains("check username and password"), "\(refused)")
      #expect(!"\(refused)".contains("wrong-secret"))
    }
  }
}
