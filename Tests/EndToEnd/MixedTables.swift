import Foundation
import Support

/// Seven tables of every strategy and way of addressing, with some 40 parts, and changes to them.
struct MixedTables {
  static let names = ["numbers", "words", "marked", "log", "accounts", "visits", "gaps"]
  /// Columns of the target that the source does not have.
  static let metadata = ["_SCMPLAN_RUN", "_SCMPLAN_PART", "_SCMPLAN_LOADED_AT"]

  var workspace: Workspace

  /// Makes source and workflow.
  func make() throws {
    let source = try workspace.openSource()
    try source.execute(
      """
      PRAGMA synchronous = OFF;
      BEGIN;
      CREATE TABLE numbers (id INTEGER PRIMARY KEY, v, note TEXT);
      CREATE TABLE words (word TEXT COLLATE NOCASE PRIMARY KEY, v INTEGER);
      CREATE TABLE marked (code TEXT COLLATE NOCASE NOT NULL UNIQUE, v REAL);
      CREATE TABLE log (seq INTEGER NOT NULL, line TEXT);
      CREATE TABLE accounts (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, v TEXT);
      CREATE TABLE visits (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, v TEXT);
      CREATE TABLE clock (now INTEGER);
      INSERT INTO clock VALUES (1000);
      CREATE TABLE gaps (k INTEGER, v BLOB);
      \(Self.series(100)) INSERT INTO numbers SELECT i * 10, CASE i % 3 WHEN 0 THEN 't' || i WHEN 1 THEN i ELSE x'01' END,
        'note ' || i FROM n;
      \(Self.series(40)) INSERT INTO words SELECT CASE i % 2 WHEN 0 THEN 'Word' ELSE 'wORD' END || i, i FROM n;
      \(Self.series(40)) INSERT INTO marked SELECT 'm' || i, i / 8.0 FROM n;
      \(Self.series(60)) INSERT INTO log SELECT i / 2, 'line ' || i FROM n;
      \(Self.series(60)) INSERT INTO accounts SELECT i, i, 'account ' || i FROM n;
      \(Self.series(60)) INSERT INTO visits SELECT i, i, 'visit ' || i FROM n;
      \(Self.series(60)) INSERT INTO gaps SELECT CASE WHEN i % 4 THEN i * 3 END, randomblob(i) FROM n;
      COMMIT;
      """)
    try workspace.workflow([
      "numbers": Self.members(#""strategy": "checksum", "onShrink": "allow""#, rows: 8),
      "words": Self.members(#""strategy": "checksum", "onShrink": "allow""#, rows: 9),
      "marked": #""target": {"tableName": "marked", "metadataColumns": true}, "#
        + Self.members(#""strategy": "checksum", "onShrink": "allow""#, rows: 9),
      "log": Self.members(#""strategy": "watermark", "watermarkColumn": "seq""#, rows: 12),
      "accounts": #""primaryKeyColumns": ["id"], "#
        + Self.members(#""strategy": "watermark", "watermarkColumn": "at", "trackModifications": true"#, rows: 12),
      "visits": #""primaryKeyColumns": ["id"], "#
        + Self.members(
          #""strategy": "watermark", "watermarkColumn": "at", "trackModifications": true, "trackDeletions": true, "#
            + #""onShrink": "allow""#, rows: 12),
      "gaps": #""columnNamesToPartitionBy": ["k"], "#
        + Self.members(#""strategy": "none", "onShrink": "allow""#, rows: 14),
    ])
  }

  /// Changes some rows of some tables, in one transaction.
  func change(using random: inout SeededGenerator) throws {
    let source = try workspace.openSource()
    var statements: [String] = []
    for _ in 0..<random.number(2..<7) {
      let id = random.number(0..<1200)
      switch random.number(0..<11) {
      case 0: statements.append("UPDATE numbers SET v = \(id) WHERE id % 37 = \(id % 37)")
      case 1: statements.append("DELETE FROM numbers WHERE id BETWEEN \(id) AND \(id + 60)")
      case 2:
        statements.append(
          "\(Self.series(15)) INSERT OR IGNORE INTO numbers SELECT \(id) + i, i * 0.5, NULL FROM n")
      case 3: statements.append("UPDATE words SET v = \(id) WHERE v % 7 = \(id % 7)")
      case 4: statements.append("INSERT OR IGNORE INTO words VALUES ('Word\(id)', \(id))")
      case 5: statements.append("UPDATE marked SET v = \(id) WHERE code IN ('m\(id % 40)', 'm\(id % 11)')")
      case 6:
        statements.append(
          "\(Self.series(random.number(1..<9))) INSERT INTO log SELECT (SELECT max(seq) FROM log) + i / 3, 'more' FROM n"
        )
      case 7:
        statements.append(
          "UPDATE accounts SET at = (SELECT max(at) + 1 FROM accounts), v = 'changed \(id)' WHERE id % 9 = \(id % 9)")
        statements.append("INSERT INTO accounts SELECT max(id) + 1, max(at) + \(id % 2), 'new' FROM accounts")
      case 8: statements.append("DELETE FROM visits WHERE id % 11 = \(id % 11)")
      case 9:
        // The newest row may go, and the watermark grows all the same.
        statements.append("DELETE FROM visits WHERE at = (SELECT max(at) FROM visits)")
        statements.append("UPDATE clock SET now = now + 1")
        statements.append(
          "UPDATE OR IGNORE visits SET id = id + 500, at = (SELECT now FROM clock) WHERE id % 13 = \(id % 13)")
        statements.append("INSERT OR IGNORE INTO visits SELECT \(id) + 5000, now, 'new' FROM clock")
      default: statements.append("UPDATE gaps SET v = randomblob(5) WHERE rowid % 10 = \(id % 10)")
      }
    }
    try source.execute("BEGIN; \(statements.joined(separator: ";\n")); COMMIT")
  }

  /// Every difference between source and target, and between state, ledger and rows.
  func problems() throws -> [String] {
    let checker = Checker(workspace)
    return try Self.names.flatMap { try checker.differences($0, ignoring: Self.metadata) } + checker.ledgerProblems()
  }

  private static func series(_ count: Int) -> String {
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
  }

  private static func members(_ synchronization: String, rows: Int) -> String {
    #""synchronization": {\#(synchronization)}, "partitionSize": {"maxRowsPerPartition": \#(rows)}"#
  }
}

extension Workspace {
  /// The newest run's number and state; nil when there is none.
  func newestRun() throws -> (id: Int, state: String)? {
    guard FileManager.default.fileExists(atPath: state) else { return nil }
    let state = try openState()
    // A process that was ended while it made the state leaves an empty one.
    guard try state.integer("SELECT 1 FROM sqlite_schema WHERE name = 'runs'") != nil else { return nil }
    let row = try state.rows("SELECT id, state FROM runs ORDER BY id DESC LIMIT 1").first
    guard case .integer(let id)? = row?[0], case .text(let bytes)? = row?[1] else { return nil }
    return (Int(id), String(decoding: bytes, as: UTF8.self))
  }

  /// Does what a person would do after a crash, until the newest run is complete.
  ///
  /// - Returns: what was needed.
  @discardableResult
  func recover() async throws -> [String] {
    var steps: [String] = []
    while true {
      guard let run = try newestRun() else { return steps }
      switch run.state {
      case "completed": return steps
      case "pending", "executing", "paused": steps.append("resume")
      case "cancelled" where try openState().integer("SELECT 1 FROM runs WHERE id = \(run.id) AND ended IS NULL") == 1:
        steps.append("cancel")
      default: steps.append("retry")
      }
      let program = try start(["runs", steps[steps.count - 1], "\(run.id)"])
      guard let result = await program.ended(within: 300) else {
        throw Program.Failure(description: "\(program.command) does not end\n\(diagnosis)")
      }
      guard result.code == 0 || steps.count < 8 else {
        throw Program.Failure(description: "\(steps): \(result)\n\(engineLog.suffix(4000))")
      }
    }
  }
}
