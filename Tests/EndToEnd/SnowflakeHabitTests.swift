import Foundation
import Support
import Testing

/// A job that refreshes an account: the state that is lost, the table that is not what the state knows, the shape that changed.
@Suite struct SnowflakeHabitTests {
  private static func load(_ workspace: Workspace) async throws -> SnowflakeAccount {
    let account = try await SnowflakeAccount(workspace)
    try workspace.openSource().execute(
      """
      CREATE TABLE items (id INTEGER NOT NULL, name VARCHAR(20) NOT NULL, note TEXT, qty INT);
      CREATE UNIQUE INDEX items_id ON items (id);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
        INSERT INTO items SELECT i, 'item ' || i, 'note ' || i, i * 3 FROM n;
      """)
    try workspace.write(
      "wf.json",
      """
      {"tables": [
        {"source": {"tableName": "items"},
         "target": {"databaseName": "\(account.database)", "schemaName": "public", "tableName": "items"},
         "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 20}}]}
      """)
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    try #require(applied.code == 0, "\(applied) \(workspace.engineLog)")
    return account
  }

  /// A refresh refuses and says why, the plan that it names makes both sides equal, and then there is nothing to do.
  ///
  /// - Parameter moved: parts that the plan moves; nil where it is refused, and the statement that settles it is run first.
  private static func recover(
    _ workspace: Workspace, _ account: SnowflakeAccount, saying words: String..., moved: Int? = 3, settling: String = ""
  ) async throws {
    let count = "SELECT SUM(COMMITS)::VARCHAR FROM \(account.database).PUBLIC.SCMPLAN_FENCE"
    let before = try await account.bench.rows(count)
    let refused = try await workspace.run("refresh", "wf.json")
    #expect(refused.code == 1 && refused.output == "", "\(refused)")
    for word in words { #expect(refused.complaint.contains(word), "\(word) is not in \(refused)") }
    #expect(try await account.bench.rows(count) == before, "a refresh that refuses changes nothing")
    if !settling.isEmpty {
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 1 && applied.complaint.contains("cannot be applied"), "\(applied)")
      _ = try await account.bench.rows(settling)
      let settled = try await workspace.run("apply", "wf.json", "--auto-approve")
      #expect(settled.code == 0, "\(settled) \(workspace.engineLog)")
    } else {
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
      let found = try workspace.openState().integer("SELECT loaded_parts FROM runs ORDER BY id DESC LIMIT 1")
      #expect(found == moved, "\(applied)")
    }
    let verified = try await workspace.run("verify", "wf.json")
    #expect(verified.code == 0, "\(verified)")
    let calm = try await workspace.run("refresh", "wf.json")
    #expect(calm.code == 0 && calm.output == "", "\(calm)")
  }

  @Test func theStateIsGone() async throws {
    try await Workspace.with { workspace in
      let account = try await Self.load(workspace)
      try await workspace.enginesEnd()
      for name in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: workspace.state + name) }
      try workspace.openSource().execute("UPDATE items SET name = 'later' WHERE id = 1")
      try await Self.recover(workspace, account, saying: "another state wrote the target last")
    }
  }

  @Test func theTargetIsNotWhatTheStateKnows() async throws {
    try await Workspace.with { workspace in
      let account = try await Self.load(workspace)
      let place = "\(account.database).PUBLIC"
      let behind = "the target lacks what the state says was loaded"
      _ = try await account.bench.rows("DELETE FROM \(place).ITEMS")
      try await Self.recover(workspace, account, saying: behind)
      _ = try await account.bench.rows("DELETE FROM \(place).SCMPLAN_LEDGER WHERE PART = 5 AND STATE = 'loaded'")
      try await Self.recover(workspace, account, saying: behind)
      _ = try await account.bench.rows("DROP TABLE \(place).ITEMS")
      try await Self.recover(workspace, account, saying: "the target table is gone")
    }
  }

  @Test func theShapeChanged() async throws {
    try await Workspace.with { workspace in
      let account = try await Self.load(workspace)
      let table = "\(account.database).PUBLIC.ITEMS"
      let source = try workspace.openSource()
      func remade(_ columns: String, _ values: String = "*") throws {
        try source.execute(
          """
          ALTER TABLE items RENAME TO old; DROP INDEX items_id; CREATE TABLE items (\(columns));
          CREATE UNIQUE INDEX items_id ON items (id); INSERT INTO items SELECT \(values) FROM old; DROP TABLE old;
          """)
      }
      try remade("id INTEGER NOT NULL, name VARCHAR(40), note TEXT, qty BIGINT")
      try await Self.recover(
        workspace, account, saying: "column name VARCHAR(20) -> VARCHAR(40)", "column name NOT NULL -> NULL", moved: 0)
      let shape = try await account.bench.rows(
        "SELECT CHARACTER_MAXIMUM_LENGTH::VARCHAR, IS_NULLABLE FROM \(account.database).INFORMATION_SCHEMA.COLUMNS "
          + "WHERE TABLE_NAME = 'ITEMS' AND COLUMN_NAME = 'NAME'")
      #expect(shape == [["40", "YES"]])
      try source.execute("ALTER TABLE items ADD COLUMN more INTEGER NOT NULL DEFAULT 7")
      try await Self.recover(workspace, account, saying: "column more INTEGER: column added")
      try source.execute("ALTER TABLE items DROP COLUMN more")
      try await Self.recover(workspace, account, saying: "column more INTEGER: column dropped")
      try remade("id INTEGER NOT NULL, name VARCHAR(40), note TEXT, qty TEXT", "id, name, note, 'no. ' || qty")
      try await Self.recover(
        workspace, account, saying: "target type too narrow", settling: "ALTER TABLE \(table) DROP COLUMN QTY")

      _ = try await account.bench.rows("ALTER TABLE \(table) ADD COLUMN MINE VARCHAR")
      let calm = try await workspace.run("refresh", "wf.json")
      #expect(calm.code == 0 && calm.output == "", "what is added there is left alone: \(calm)")
      _ = try await account.bench.rows("ALTER TABLE \(table) RENAME COLUMN NOTE TO MY_NOTE")
      try await Self.recover(workspace, account, saying: "column note VARCHAR(134217728): target column missing")
    }
  }
}
