import Foundation
import Support
import Testing

/// Processes ended at every durable step of a migration into the bench's account: afterwards it is exact.
@Suite struct SnowflakeKillTests {
  private static let tables = ["items", "words", "accounts", "log"]

  private static func make(_ workspace: Workspace) throws {
    try workspace.openSource().execute(
      """
      CREATE TABLE items (id INTEGER PRIMARY KEY, v, note TEXT, at DATETIME);
      CREATE TABLE words (word TEXT COLLATE NOCASE PRIMARY KEY, v REAL);
      CREATE TABLE accounts (id INTEGER PRIMARY KEY, changed INTEGER NOT NULL, v BLOB);
      CREATE TABLE log (seq INTEGER NOT NULL, line TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO items SELECT i * 10,
        CASE i % 4 WHEN 0 THEN 't' || i WHEN 1 THEN i WHEN 2 THEN x'01' END, 'note ' || i, datetime('2026-01-01', i || ' hours')
        FROM n;
      INSERT INTO words SELECT 'Word' || id, id / 8.0 FROM items;
      INSERT INTO accounts SELECT id, id, randomblob(id % 9) FROM items;
      INSERT INTO log SELECT id / 20, note FROM items;
      """)
    func members(_ synchronization: String) -> String {
      #""synchronization": {\#(synchronization)}, "partitionSize": {"maxRowsPerPartition": 20}"#
    }
    try workspace.workflow([
      "items": members(#""strategy": "checksum", "onShrink": "allow""#),
      "words": members(#""strategy": "checksum""#),
      "accounts": #""primaryKeyColumns": ["id"], "#
        + members(
          #""strategy": "watermark", "watermarkColumn": "changed", "trackModifications": true, "trackDeletions": true"#),
      "log": members(#""strategy": "watermark", "watermarkColumn": "seq""#),
    ])
  }

  private static func change(_ workspace: Workspace) throws {
    try workspace.openSource().execute(
      """
      UPDATE items SET v = 'changed' WHERE id IN (50, 390);
      DELETE FROM items WHERE id = 100;
      UPDATE words SET v = -1 WHERE word = 'Word40';
      UPDATE accounts SET changed = (SELECT max(changed) + 1 FROM accounts), v = NULL WHERE id = 70;
      DELETE FROM accounts WHERE id = (SELECT min(id) FROM accounts);
      INSERT INTO accounts SELECT max(id) + 1, max(changed) + 1, x'ff' FROM accounts;
      INSERT INTO log SELECT max(seq), 'tie' FROM log;
      INSERT INTO log SELECT max(seq) + 1, 'more' FROM log;
      """)
  }

  @Test(arguments: [
    "prepare.before-commit", "prepare.after-commit", "load.after-delete", "load.after-insert", "load.before-commit",
    "load.after-commit", "finish.before-commit", "finish.after-commit",
  ])
  func killedAtADurableStep(_ point: String) async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      try Self.make(workspace)
      for round in 0..<2 {
        let before = workspace.fired.count
        let applied = try await workspace.run(
          "apply", "wf.json", "--auto-approve", environment: workspace.fault("\(point)=kill"))
        #expect(
          workspace.fired.count > before, "the fault did not fire: \(applied)\n\(workspace.engineLog.suffix(3000))")
        let steps = try await workspace.recover()
        #expect(try await account.differences(Self.tables) == [], "\(point), round \(round), \(steps)")
        #expect(try await account.leftovers() == [], "\(point), round \(round), \(steps)")
        try await workspace.stopEngines()
        try Self.change(workspace)
      }
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 0, "\(refreshed)")
      #expect(try await account.differences(Self.tables) == [])
    }
  }
}
