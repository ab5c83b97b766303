import Foundation
import Support
import Testing

/// Runs over tables that are written to all the while: what arrives is the database as it was at one moment.
@Suite struct PostgreSQLRunSnapshotTests {
  /// Accounts whose amounts are 100 on average, and a journal with one entry per transfer. Each commit of `churn` moves an
  /// amount from one account to another, gives an account another number, and writes the journal: sums and numbers of rows
  /// stay as they are, in each table and between the two.
  private static let schema = """
    CREATE TABLE accounts (id int PRIMARY KEY, amount bigint NOT NULL, moves bigint NOT NULL);
    INSERT INTO accounts SELECT i, 100, 0 FROM generate_series(1, 4000) AS i;
    CREATE TABLE journal (id bigint PRIMARY KEY);
    CREATE TABLE told_to_stop (at timestamptz);
    CREATE PROCEDURE churn() LANGUAGE plpgsql AS $$
    DECLARE one int; other int; number bigint := 0;
    BEGIN
      LOOP
        SELECT id INTO one FROM accounts WHERE id >= random() * 9000 ORDER BY id LIMIT 1;
        SELECT id INTO other FROM accounts WHERE id >= random() * 9000 ORDER BY id DESC LIMIT 1;
        number := number + 1;
        IF one IS NOT NULL AND other IS NOT NULL AND one <> other THEN
          UPDATE accounts SET amount = amount - 7 WHERE id = one;
          UPDATE accounts SET amount = amount + 7, moves = moves + 1 WHERE id = other;
          INSERT INTO journal VALUES (number);
          UPDATE accounts SET id = free FROM (SELECT (random() * 9000)::int AS free) AS f
            WHERE id = one AND NOT EXISTS (SELECT FROM accounts WHERE id = free);
        END IF;
        COMMIT;
        EXIT WHEN EXISTS (SELECT FROM told_to_stop);
      END LOOP;
    END $$;
    """

  private func workflow(_ mode: String) -> String {
    """
    {"defaultTableConfiguration": {"synchronization": {"strategy": "none"}, "snapshot": "\(mode)",
      "partitionSize": {"maxRowsPerPartition": 400}},
     "tables": [
      {"source": {"tableName": "accounts"}, "target": {"tableName": "accounts"}},
      {"source": {"tableName": "journal"}, "target": {"tableName": "journal"}}
    ]}
    """
  }

  /// Runs `body` while another session writes, from its first commits to the end.
  private func whileWriting(_ database: PostgresDatabase, _ body: @Sendable @escaping () async throws -> Void)
    async throws
  {
    let writer = Task.detached {
      try await BlockingThreads.run { try database.run("CALL churn()") }
    }
    _ = try await waiting(for: "the first commits") {
      try database.run("SELECT count(*) > 20 FROM journal") == "t\n" ? true : nil
    }
    let result: Result<Void, any Error>
    do {
      try await body()
      result = .success(())
    } catch {
      result = .failure(error)
    }
    try database.run("INSERT INTO told_to_stop VALUES (now())")
    try await writer.value
    try result.get()
  }

  /// What holds at every moment holds in the target, and the source is elsewhere by now.
  private func expectOneMoment(_ workspace: Workspace, _ database: PostgresDatabase) throws {
    let target = try workspace.openTarget()
    #expect(try target.integer("SELECT count(*) FROM accounts") == 4000)
    #expect(try target.integer("SELECT sum(amount) FROM accounts") == 400_000)
    #expect(
      try target.integer("SELECT sum(moves) FROM accounts") == target.integer("SELECT count(*) FROM journal"))
    let now = Int(try database.run("SELECT count(*) FROM journal").dropLast()) ?? 0
    let then = try target.integer("SELECT count(*) FROM journal") ?? 0
    #expect(then >= 20 && now > then + 20, "\(then) of \(now) commits: nobody wrote during the run")
  }

  @Test func aRunIsOfOneMoment() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      try PostgreSQLTests.configure(workspace, database)
      try workspace.write("wf.json", workflow("preferred"))
      try await whileWriting(database) {
        let planned = try await workspace.run("plan", "wf.json")
        #expect(planned.code == 0, "\(planned)")
        #expect(try workspace.read("state/wf.plan.json").contains("one snapshot that the connections share"))
        let before = try database.run("SELECT count(*) FROM journal")
        _ = try await waiting(for: "more commits") {
          try database.run("SELECT count(*) > 20 + \(before) FROM journal") == "t\n" ? true : nil
        }
        let applied = try await workspace.run("apply", "state/wf.plan.json")
        #expect(applied.code == 0 && !applied.output.contains("moments"), "\(applied)")
      }
      try expectOneMoment(workspace, database)
      // An engine that waits for more to do keeps no transaction open.
      let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
      _ = try await waiting(for: "the snapshot to be let go") { try database.run(open) == "0\n" ? true : nil }
    }
  }

  /// The engine that keeps the snapshot is killed before everything is extracted.
  @Test func aRequiredSnapshotThatIsLostBeginsAnew() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      try PostgreSQLTests.configure(workspace, database)
      try workspace.write("wf.json", workflow("required"))
      try await whileWriting(database) {
        _ = try await workspace.run(
          "apply", "wf.json", "--auto-approve", environment: workspace.fault("extract.after-complete@4=kill"))
        #expect(!workspace.fired.isEmpty)
        let rows = try workspace.openTarget().rows("SELECT name FROM sqlite_schema WHERE name = 'accounts'")
        #expect(try rows.isEmpty || workspace.openTarget().integer("SELECT count(*) FROM accounts") == 0)
        _ = try await workspace.recover()
      }
      try expectOneMoment(workspace, database)
      #expect(try workspace.openState().integer("SELECT count(*) FROM snapshots") ?? 0 > 1)
    }
  }

  @Test func aPreferredSnapshotThatIsLostIsTold() async throws {
    try await Workspace.with { workspace in
      let database = try PostgresServer.shared().database()
      try database.run(Self.schema)
      try PostgreSQLTests.configure(workspace, database)
      try workspace.write("wf.json", workflow("preferred"))
      let applied = try await workspace.run(
        "apply", "wf.json", "--auto-approve", environment: workspace.fault("extract.after-complete@4=kill"))
      _ = try await workspace.recover()
      let run = try workspace.newestRun()?.id ?? 0
      let shown = try await workspace.run("show", "\(run)")
      #expect(shown.output.contains("was read as of"), "\(applied)\n\(shown)")
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM accounts") == 4000)
    }
  }
}
