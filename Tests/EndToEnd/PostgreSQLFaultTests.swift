import Foundation
import Support
import Synchronization
import Testing

/// What happens to a PostgreSQL source while a run reads it: by the built program, over libpq and through the driver.
@Suite struct PostgreSQLFaultTests {
  enum Road: String, CaseIterable { case libpq, driver }

  /// Ten tables of a few parts each.
  private static let tables = (1...10).map { "t\($0)" }
  private static let schema = tables.map { table in
    """
    CREATE TABLE \(table) (id int PRIMARY KEY, v varchar(40));
    INSERT INTO \(table) SELECT i, '\(table) ' || i FROM generate_series(1, 40) AS i;

    """
  }.joined()

  /// - Parameter port: where the source is reached; the server's own unless said.
  private func prepare(
    _ workspace: Workspace, _ database: PostgresDatabase, _ road: Road, port: Int? = nil, tables: [String],
    user: String? = nil, lanes: Int = 1, settings: String = ""
  ) throws {
    try workspace.write(
      "configuration.toml",
      """
      [application]
      heartbeat_seconds = 1
      lease_seconds = 10
      max_parallel_tasks = \(lanes)

      [connections.source.postgresql]
      host = "\(database.server.host)"
      port = \(port ?? database.server.port)
      database = "\(database.name)"
      username = "\(user ?? database.server.user)"
      sslmode = "disable"
      \(road == .driver ? "driver = \"PostgreSQL Unicode\"" : "")
      \(settings)

      [connections.target.sqlite]
      path = "\(workspace.target)"

      [state]
      path = "\(workspace.state)"
      """)
    let entries = tables.map { table in
      """
      {"source": {"schemaName": "public", "tableName": "\(table)"}, "target": {"tableName": "\(table)"},
       "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 10}}
      """
    }
    try workspace.write("wf.json", "{\"tables\": [\(entries.joined(separator: ", "))]}")
  }

  private func expectEqual(_ workspace: Workspace, _ database: PostgresDatabase, _ tables: [String]) throws {
    let target = try workspace.openTarget()
    for table in tables {
      let rows = "SELECT id || '|' || v FROM \(table) ORDER BY id"
      let isEqual = try target.texts(rows) == database.run(rows).split(separator: "\n").map(String.init)
      #expect(isEqual, "\(table)")
    }
  }

  /// The server is stopped twice while rows come, once in order and once as in a crash.
  @Test func aServerThatIsStartedAgainIsComeBackTo() async throws {
    let server = try PostgresServer.own()
    for road in Road.allCases {
      try await Workspace.with { workspace in
        let database = try server.database()
        try database.run(Self.schema)
        let proxy = try CuttingProxy(to: server.port)
        try prepare(workspace, database, road, port: proxy.port, tables: Self.tables, lanes: 2)
        let planned = try await workspace.run("plan", "wf.json")
        #expect(planned.code == 0, "\(planned)")
        let left = Mutex([PostgresServer.Shutdown.immediate, .fast])
        let stop = CuttingProxy.Act.call("restart") { _ in
          guard let how = left.withLock({ $0.popLast() }) else { return false }
          server.restart(how)
          return true
        }
        let mark = Array((road == .libpq ? "PGCOPY" : "FETCH ").utf8)
        // Both lanes have a session at first; the others are made after the first stop.
        proxy.arm { $0 == 1 ? nil : CuttingProxy.Fault(.behind(mark, plus: 5, from: .server), stop) }
        let applied = try await workspace.run("apply", "state/wf.plan.json")
        #expect(proxy.harmed.count == 2, "\(road): \(proxy.harmed) \(applied)")
        proxy.disarm()
        _ = try await waiting(for: "the server") { try? database.run("SELECT 1") }
        // Whoever came back too often while it was down ran out of attempts.
        if applied.code != 0 {
          #expect(applied.output.contains("failed  public.t"), "\(applied)")
          let again = try await workspace.run("apply", "wf.json", "--auto-approve")
          #expect(again.code == 0, "\(road): \(applied) \(again) \(workspace.engineLog.suffix(3000))")
        }
        try expectEqual(workspace, database, Self.tables)
        try await workspace.enginesEnd()
      }
    }
  }

  /// Nothing gets through until all attempts are used up: the run fails in words, and is carried through afterwards.
  @Test(arguments: Road.allCases) func aServerOutOfReachFailsTheRun(road: Road) async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      let proxy = try CuttingProxy(to: database.server.port)
      try prepare(workspace, database, road, port: proxy.port, tables: ["t1", "t2"], lanes: 4)
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      proxy.arm { CuttingProxy.Fault(.after($0 * 37 % 300, from: .server), $0.isMultiple(of: 2) ? .close : .reset) }
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      let said = applied.said
      #expect(
        applied.code != 0 && said.contains("127.0.0.1:\(proxy.port)") && said.contains("5 attempts"), "\(applied)")
      #expect(proxy.harmed.count >= 40, "eight parts with five attempts each")
      proxy.disarm()
      for table in ["t1", "t2"] {
        #expect(try workspace.openTarget().integer("SELECT count(*) FROM \(table)") == 0)
      }
      let again =
        road == .libpq
        ? try await workspace.run("runs", "retry", "1")
        : try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(again.code == 0, "\(again) \(workspace.engineLog.suffix(3000))")
      try expectEqual(workspace, database, ["t1", "t2"])
      try await workspace.enginesEnd()
    }
  }

  @Test(arguments: Road.allCases) func aStatementThatTakesTooLongIsTriedAgain(road: Road) async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      try prepare(workspace, database, road, tables: ["t1", "t2"])
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      try prepare(workspace, database, road, tables: ["t1", "t2"], settings: "statement_timeout_seconds = 2")
      // Somebody has the table until a statement waited for it in vain.
      let holder = try workspace.start(
        "/usr/bin/psql",
        [
          "-X", "-h", database.server.host, "-p", "\(database.server.port)", "-U", database.server.user, "-d",
          database.name, "-c", "BEGIN; LOCK TABLE t1 IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)",
        ])
      let own = "datname = current_database() AND pid <> pg_backend_pid()"
      _ = try await waiting(for: "the lock") {
        try database.run("SELECT 1 FROM pg_stat_activity WHERE \(own) AND wait_event = 'PgSleep'").isEmpty ? nil : true
      }
      let apply = try workspace.start(["apply", "state/wf.plan.json"])
      let failed =
        "SELECT count(*) FROM attempts WHERE error_message LIKE '%table public.t1: the server ended the query (SQLSTATE 57014)%'"
      _ = try await waiting(for: "a statement that took too long") {
        FileManager.default.fileExists(atPath: workspace.state) && (try? workspace.openState().integer(failed)) ?? 0 > 0
          ? true : nil
      }
      try database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(own) AND wait_event = 'PgSleep'")
      let applied = try await apply.end()
      _ = try await holder.end()
      // Only a machine that is very slow has used up all attempts by now.
      if applied.code != 0 {
        try prepare(workspace, database, road, tables: ["t1", "t2"])
        try await workspace.stopEngines()
        let again = try await workspace.run("apply", "wf.json", "--auto-approve")
        #expect(again.code == 0, "\(applied) \(again)")
      }
      try expectEqual(workspace, database, ["t1", "t2"])
      try await workspace.enginesEnd()
    }
  }

  /// The table changes after its first part was read: the rest of it is refused, the other table is carried through, and a new
  /// plan brings it over.
  @Test(
    arguments: Road.allCases,
    [
      ("ALTER TABLE t1 ADD COLUMN more int", "columns or keys changed since the plan"),
      ("ALTER TABLE t1 ALTER COLUMN id TYPE bigint", "columns or keys changed since the plan"),
      ("DROP TABLE t1", "relation \"public.t1\" does not exist"),
    ])
  func aTableThatChangesInMidRunIsRefused(road: Road, change: (sql: String, words: String)) async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      let proxy = try CuttingProxy(to: database.server.port)
      try prepare(workspace, database, road, port: proxy.port, tables: ["t1", "t2"])
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      // One lane reads, and has no lock between two parts.
      let act = CuttingProxy.Act.call("change") { _ in (try? database.run(change.sql)) != nil }
      proxy.arm { $0 == 0 ? CuttingProxy.Fault(.behind(Array("COMMIT\0".utf8), from: .client), act) : nil }
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(proxy.harmed.count == 1, "\(applied)")
      #expect(applied.code == 5 && applied.said.contains(change.words), "\(applied)")
      try expectEqual(workspace, database, ["t2"])
      let again = try await workspace.run("apply", "wf.json", "--auto-approve")
      if change.sql.hasPrefix("DROP") {
        #expect(again.code == 1 && again.complaint.contains("public.t1"), "\(again)")
      } else {
        #expect(again.code == 0, "\(again)")
        try expectEqual(workspace, database, ["t1", "t2"])
      }
      try await workspace.enginesEnd()
    }
  }

  /// One table of ten may not be read any more: nine are brought over, and the tenth is named with what to do.
  @Test(arguments: Road.allCases) func oneTableOfTenMayNotBeRead(road: Road) async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      let role = "reader_of_\(database.name)"
      try database.run(
        Self.schema + "CREATE ROLE \(role) LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)")
      try prepare(workspace, database, road, tables: Self.tables, user: role)
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0, "\(planned)")
      try database.run("REVOKE SELECT ON t7 FROM \(role)")
      let refused = try await workspace.run("plan", "wf.json", "--out", "state/other.json")
      #expect(
        refused.code == 1 && refused.complaint.contains("table public.t7: the login may not read it"), "\(refused)")
      #expect(
        !refused.errors.contains("t6") && !refused.errors.contains("t8"), "only what is missing is named: \(refused)")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      let said = applied.said
      #expect(
        applied.code == 5 && said.contains("table public.t7: ") && said.contains("permission denied for table t7"),
        "\(applied)"
      )
      try expectEqual(workspace, database, Self.tables.filter { $0 != "t7" })
      try database.run("GRANT SELECT ON t7 TO \(role)")
      let again = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(again.code == 0, "\(again)")
      try expectEqual(workspace, database, Self.tables)
      try await workspace.enginesEnd()
    }
  }
}
