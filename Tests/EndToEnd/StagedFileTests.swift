import Foundation
import Support
import Testing

/// What a worker staged, read back by pyarrow and by DuckDB and compared with what Python's sqlite3 reads.
@Suite struct StagedFileTests {
  @Test func independentReadersSeeTheSameRows() async throws {
    try await Workspace.with { workspace in
      try workspace.openSource().execute(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, i BIGINT, r REAL, s TEXT, b BLOB, d DATE, z DATETIME, y BOOLEAN,
          m DECIMAL(10,2), x);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO t SELECT i, CASE WHEN i % 5 THEN i * 9000000000000 END, CASE i WHEN 7 THEN 9e999 ELSE i / 7.0 END,
          CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'zeile' || char(10) || '🐟' ELSE hex(randomblob(i)) END,
          CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN x'' ELSE randomblob(i % 50) END, date('1960-01-01', i || ' days'),
          datetime('1969-12-31', i || ' seconds'), i % 2, i / 100.0,
          CASE i % 8 WHEN 0 THEN NULL WHEN 1 THEN i WHEN 2 THEN i / 3.0 WHEN 3 THEN 'text "' || i || '\\'
            WHEN 4 THEN randomblob(5) WHEN 5 THEN CAST(x'61ff00' AS TEXT) WHEN 6 THEN -9e999 ELSE 'ünïcødé' END FROM n;
        """)
      try workspace.workflow([
        "t": #""synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 150}"#
      ])
      let killed = try await workspace.run(
        "apply", "wf.json", "--auto-approve", environment: workspace.fault("store.submit.after-commit=kill"))
      try #require(killed.signal == SIGKILL, "\(killed)")

      // The orchestrator prepares the table and leaves before it loads; the worker extracts every part.
      let worker = try workspace.start(["worker"])
      let orchestrator = try workspace.start(["orchestrator"], environment: workspace.fault("load.before-begin=exit"))
      #expect(try await orchestrator.end().code == 70)
      _ = try await waiting(for: "every part to be extracted") {
        try workspace.openState().integer(
          "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE kind = 'extract' AND state <> 'completed')")
      }
      #expect(try workspace.openTarget().integer("SELECT count(*) FROM t") == 0, "nothing is loaded yet")
      for reader in Reader.allCases {
        let compared = try await reader.compare(
          workspace, table: "t",
          columns: [
            "id": "integer", "i": "integer", "r": "float", "s": "text", "b": "binary", "d": "date", "z": "timestamp",
            "y": "boolean", "m": "decimal", "x": "variant",
          ])
        #expect(compared.code == 0 && compared.output.contains("1000 rows of 7 files"), "\(compared)")
      }
      // The comparison itself can fail.
      try workspace.openSource().execute("UPDATE t SET s = 'other' WHERE id = 500")
      for reader in Reader.allCases {
        let compared = try await reader.compare(workspace, table: "t", columns: ["id": "integer", "s": "text"])
        #expect(compared.code == 1 && compared.output.contains("missing 1"), "\(compared)")
      }
      worker.send(SIGTERM)
      #expect(try await worker.end().code == 0)
      let resumed = try await workspace.run("runs", "resume", "1")
      #expect(resumed.code == 0, "\(resumed)")
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 0, "\(refreshed)")
      expectNone(try Checker(workspace).problems(["t"]))
    }
  }
}
