import Foundation
import Support
import Testing

/// One change of shape, on either side, and what is to come of it under every strategy.
struct DriftCase: Sendable, CustomTestStringConvertible {
  enum Outcome: Sendable {
    /// Nobody looks at it: nothing is said and nothing moves.
    case nothing
    /// A plan item, after whose plan source and target are equal.
    case applied
    /// A plan item for which no row moves where rows are compared or known by a watermark.
    case noted
    /// A refusal; with the statements run in the target that it asks for, the next plan makes both sides equal.
    case refused(forward: String)
  }

  var name: String
  /// Run for each table, whose name takes the place of `$t`.
  var source = ""
  var target = ""
  /// What the refused refresh says of it.
  var said: [String] = []
  /// What the plan lets run in the target, `$t` as above.
  var statements: [String] = []
  var outcome: Outcome

  var testDescription: String { name }
}

@Suite struct SchemaDriftTests {
  /// Every table by a strategy of its own.
  static let tables = ["tn": "none", "tc": "checksum", "tw": "watermark"]

  private static let columns = [
    "id": "INTEGER PRIMARY KEY", "at": "INTEGER NOT NULL", "name": "VARCHAR(20) NOT NULL", "note": "TEXT",
    "qty": "INT", "price": "DECIMAL(10,2)",
  ]
  private static let order = ["id", "at", "name", "note", "qty", "price"]

  /// Makes a table anew with some columns declared otherwise, and the rows it had.
  private static func remade(
    _ changes: [String: String] = [:], values: [String: String] = [:], adding more: String = ""
  ) -> String {
    let declared = order.map { "\($0) \(changes[$0] ?? columns[$0] ?? "")" } + (more.isEmpty ? [] : [more])
    let filled = order.filter { !(changes[$0] ?? "").contains("GENERATED") }
    let names = filled.joined(separator: ", ")
    let list = filled.map { values[$0] ?? $0 }.joined(separator: ", ")
    return """
      ALTER TABLE $t RENAME TO old_$t; CREATE TABLE $t (\(declared.joined(separator: ", ")));
      INSERT INTO $t (\(names)) SELECT \(list) FROM old_$t; DROP TABLE old_$t;
      """
  }

  private static let sourceCases: [DriftCase] = [
    DriftCase(
      name: "column added", source: "ALTER TABLE $t ADD COLUMN more TEXT; UPDATE $t SET more = 'x' WHERE id % 2",
      said: ["column more TEXT: column added"], statements: [#"ALTER TABLE "$t" ADD COLUMN "more" TEXT"#],
      outcome: .applied),
    DriftCase(
      name: "required column added", source: "ALTER TABLE $t ADD COLUMN more INTEGER NOT NULL DEFAULT 7",
      said: ["column more INTEGER: column added"], statements: [#"ALTER TABLE "$t" ADD COLUMN "more" INTEGER"#],
      outcome: .applied),
    DriftCase(
      name: "column dropped", source: "ALTER TABLE $t DROP COLUMN note", said: ["column note TEXT: column dropped"],
      outcome: .applied),
    DriftCase(
      name: "required column dropped", source: "ALTER TABLE $t DROP COLUMN name",
      said: ["no source column fills name", "allow NULL, drop it from the target"],
      outcome: .refused(forward: "ALTER TABLE $t DROP COLUMN name")),
    DriftCase(
      name: "column renamed, which no catalog tells", source: "ALTER TABLE $t RENAME COLUMN note TO remark",
      said: ["column note TEXT: column dropped", "column remark TEXT: column added"],
      statements: [#"ALTER TABLE "$t" ADD COLUMN "remark" TEXT"#], outcome: .applied),
    DriftCase(
      name: "columns widened",
      source: remade(["name": "VARCHAR(40) NOT NULL", "qty": "BIGINT", "price": "DECIMAL(12,2)"]),
      said: [
        "column name VARCHAR(20) -> VARCHAR(40)", "column qty INT -> BIGINT",
        "column price DECIMAL(10,2) -> DECIMAL(12,2)",
      ], outcome: .noted),
    DriftCase(
      name: "column narrowed", source: remade(["name": "VARCHAR(5) NOT NULL"], values: ["name": "substr(name, 1, 5)"]),
      said: ["column name VARCHAR(20) -> VARCHAR(5)"], outcome: .applied),
    DriftCase(
      name: "column retyped to what the target takes", source: remade(["price": "REAL"]),
      said: ["column price DECIMAL(10,2) -> REAL"], outcome: .applied),
    DriftCase(
      name: "column retyped to what the target cannot take",
      source: remade(["qty": "TEXT"], values: ["qty": "'no. ' || qty"]),
      said: ["target type too narrow", "values need TEXT", "rename or drop the target table"],
      outcome: .refused(forward: "DROP TABLE $t")),
    DriftCase(
      name: "column takes no NULL any more", source: remade(["note": "TEXT NOT NULL"]),
      said: ["column note NULL -> NOT NULL"], outcome: .noted),
    DriftCase(
      name: "column takes NULL", source: remade(["name": "VARCHAR(20)"]), said: ["column name NOT NULL -> NULL"],
      outcome: .noted),
    DriftCase(
      name: "primary key changed",
      source: remade(["id": "INTEGER NOT NULL", "price": "DECIMAL(10,2), PRIMARY KEY (id, at)"]),
      said: ["key id -> id, at"], outcome: .applied),
    DriftCase(
      name: "collation changed", source: remade(["name": "VARCHAR(20) NOT NULL COLLATE NOCASE"]),
      said: ["column name VARCHAR(20) -> VARCHAR(20) COLLATE NOCASE"], outcome: .applied),
    DriftCase(
      name: "column computed", source: remade(["qty": "INT GENERATED ALWAYS AS (id * 2) STORED"]),
      said: ["column qty INT -> INT GENERATED"], outcome: .applied),
    DriftCase(name: "default changed", source: remade(["qty": "INT DEFAULT 5"]), outcome: .nothing),
  ]

  private static let targetCases: [DriftCase] = [
    DriftCase(name: "target column added", target: "ALTER TABLE $t ADD COLUMN mine TEXT", outcome: .nothing),
    DriftCase(
      name: "required target column added",
      target: remade(adding: "mine TEXT NOT NULL").replacing("(id, at", with: "(mine, id, at")
        .replacing("SELECT id", with: "SELECT 'x', id"),
      said: ["target column needs a value", "no source column fills mine"],
      outcome: .refused(forward: "ALTER TABLE $t DROP COLUMN mine")),
    DriftCase(
      name: "target column dropped", target: "ALTER TABLE $t DROP COLUMN note",
      said: ["column note TEXT: target column missing"], statements: [#"ALTER TABLE "$t" ADD COLUMN "note" TEXT"#],
      outcome: .applied),
    DriftCase(
      name: "target column renamed", target: "ALTER TABLE $t RENAME COLUMN note TO my_note",
      said: ["column note TEXT: target column missing"], statements: [#"ALTER TABLE "$t" ADD COLUMN "note" TEXT"#],
      outcome: .applied),
    DriftCase(name: "target column narrowed", target: remade(["name": "VARCHAR(3) NOT NULL"]), outcome: .nothing),
    DriftCase(name: "target column widened", target: remade(["name": "VARCHAR(99)"]), outcome: .nothing),
    DriftCase(
      name: "target column retyped", target: remade(["name": "REAL NOT NULL"]),
      said: ["target type too narrow", "values need VARCHAR(20)"], outcome: .refused(forward: "DROP TABLE $t")),
    DriftCase(name: "target column takes no NULL", target: remade(["qty": "INT NOT NULL"]), outcome: .nothing),
    DriftCase(name: "target key dropped", target: remade(["id": "INTEGER"]), outcome: .nothing),
    DriftCase(name: "target key added", target: "CREATE UNIQUE INDEX one_$t ON $t (qty)", outcome: .nothing),
  ]

  private static func each(_ sql: String) -> String {
    tables.keys.sorted().map { sql.replacing("$t", with: $0) }.joined(separator: ";\n")
  }

  private static func load(_ workspace: Workspace) async throws {
    let declared = order.map { "\($0) \(columns[$0] ?? "")" }.joined(separator: ", ")
    try workspace.openSource().execute(
      each(
        """
        CREATE TABLE $t (\(declared));
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
          INSERT INTO $t SELECT i, i / 2, 'name ' || i, 'note ' || i, i * 3, i / 4.0 FROM n
        """))
    let size = #""partitionSize": {"maxRowsPerPartition": 20}"#
    try workspace.workflow([
      "tn": #""synchronization": {"strategy": "none"}, \#(size)"#,
      "tc": #""synchronization": {"strategy": "checksum"}, \#(size)"#,
      "tw": #""synchronization": {"strategy": "watermark", "watermarkColumn": "at"}"#,
    ])
    let applied = try await workspace.run("apply", "wf.json", "--auto-approve")
    try #require(applied.code == 0, "\(applied)")
  }

  /// Parts that the newest run loaded of a table.
  private static func moved(_ workspace: Workspace, _ table: String) throws -> Int? {
    try workspace.openState().integer(
      "SELECT loaded_parts FROM run_tables WHERE target_name LIKE '%\"\(table)\"%' ORDER BY run DESC LIMIT 1")
  }

  private static func expectEqual(_ workspace: Workspace, _ drift: DriftCase) async throws {
    let verified = try await workspace.run("verify", "wf.json")
    #expect(verified.code == 0, "\(drift.name): \(verified)")
    let calm = try await workspace.run("refresh", "wf.json", "--exclude", "tn")
    #expect(calm.code == 0 && calm.output == "" && calm.errors == "", "\(drift.name): \(calm)")
    let again = try await workspace.run("refresh", "wf.json")
    #expect(again.code == 0 && again.output.contains("1 of 3 tables changed"), "\(drift.name): \(again)")
  }

  @Test(arguments: sourceCases + targetCases)
  func aChangeOfShape(_ drift: DriftCase) async throws {
    try await Workspace.with { workspace in
      try await Self.load(workspace)
      if !drift.source.isEmpty { try workspace.openSource().execute(Self.each(drift.source)) }
      if !drift.target.isEmpty { try workspace.openTarget().execute(Self.each(drift.target)) }
      if case .nothing = drift.outcome { return try await Self.expectEqual(workspace, drift) }

      let refused = try await workspace.run("refresh", "wf.json")
      #expect(refused.code == 1 && refused.output == "", "\(drift.name): \(refused)")
      for words in drift.said {
        #expect(refused.complaint.contains(words), "\(drift.name): \(words) is not in \(refused)")
      }
      let plan = try workspace.read("state/wf.plan.json")
      for table in Self.tables.keys {
        for statement in drift.statements {
          let written = Workspace.quoted(statement.replacing("$t", with: table))
          #expect(plan.contains(written), "\(drift.name): \(written) is not in \(plan)")
        }
      }
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      switch drift.outcome {
      case .nothing: break
      case .applied: #expect(applied.code == 0, "\(drift.name): \(applied) \(workspace.engineLog)")
      case .noted:
        #expect(applied.code == 0, "\(drift.name): \(applied) \(workspace.engineLog)")
        #expect(try Self.moved(workspace, "tc") == 0, "\(drift.name)")
        #expect(try Self.moved(workspace, "tw") == 0, "\(drift.name)")
        #expect(try Self.moved(workspace, "tn") == 3, "\(drift.name)")
      case .refused(let forward):
        #expect(applied.code == 1 && applied.complaint.contains("cannot be applied"), "\(drift.name): \(applied)")
        try workspace.openTarget().execute(Self.each(forward))
        let settled = try await workspace.run("apply", "wf.json", "--auto-approve")
        #expect(settled.code == 0, "\(drift.name): \(settled) \(workspace.engineLog)")
      }
      try await Self.expectEqual(workspace, drift)
    }
  }

  /// What a plan only warns of, because the rows may never come that it stops.
  @Test func whatStopsAPartIsToldBeforeAndAfter() async throws {
    try await Workspace.with { workspace in
      try await Self.load(workspace)
      try workspace.openTarget().execute("CREATE UNIQUE INDEX one_tc ON tc (qty)")
      try workspace.openSource().execute("UPDATE tc SET qty = 9 WHERE id = 4")
      let planned = try await workspace.run("plan", "wf.json", "--target", "tc")
      #expect(planned.said.contains("the target keeps qty unique, and the source does not"), "\(planned)")
      let stopped = try await workspace.run("refresh", "wf.json", "--target", "tc")
      #expect(stopped.code == 5 && stopped.complaint.contains("UNIQUE constraint failed"), "\(stopped)")
      try workspace.openTarget().execute("DROP INDEX one_tc")
      let going = try await workspace.run("refresh", "wf.json", "--target", "tc")
      #expect(going.code == 0, "\(going)")

      try workspace.openSource().execute(Self.remade(["name": "VARCHAR(20)"]).replacing("$t", with: "tc"))
      let told = try await workspace.run("plan", "wf.json", "--target", "tc")
      #expect(told.said.contains("name of the target takes no NULL, and one stops its part"), "\(told)")
      #expect(try await workspace.run("apply", "state/wf.plan.json").code == 0)
      try workspace.openSource().execute("UPDATE tc SET name = NULL WHERE id = 30")
      let refused = try await workspace.run("refresh", "wf.json", "--target", "tc")
      #expect(
        refused.code == 5 && refused.complaint.contains("does not fit the planned text(20) NOT NULL"), "\(refused)")
    }
  }
}
