import Catalogs
import Plans
import SQL
import Store
import Workflows

/// Plans of tables that exist nowhere, for tests in which no row moves.
enum ModelPlan {
  static let rowsPerPart = 10

  /// A state in memory.
  static func store() throws -> Store {
    try Store(database: try SQLiteDatabase(), place: "memory")
  }

  /// A plan that creates tables of so many parts, the last of which only remove rows.
  static func plan(tables: [Int], removals: Int = 0, store: Store) throws -> Plan {
    let changes = tables.enumerated().map { table($0.offset, parts: $0.element, removals: removals) }
    return Plan(
      workflow: "model", affinity: nil, source: Endpoint(connection: "s", platform: "sqlite", server: "/s.db"),
      target: Endpoint(connection: "t", platform: "sqlite", server: "/t.db"), lineage: try store.lineage(),
      serial: try store.serial(of: "model"), tables: changes,
      estimate: Estimate(rows: 0, bytes: 0, unknownParts: 0, seconds: nil, credits: nil))
  }

  static func submit(_ plan: Plan, to store: Store, now: Milliseconds, maxAttempts: Int = 5) throws -> Run {
    try store.submit(
      Submission(
        plan: plan, planID: "plan\(plan.serial)", planContent: try PlanFile.text(plan), maxAttempts: maxAttempts),
      now: now)
  }

  private static func table(_ index: Int, parts: Int, removals: Int) -> TableChange {
    let name = ObjectName(schema: "main", table: "t\(index)")
    let column = Column(name: "id", declaredType: "INTEGER", type: .integer, isNullable: false)
    return TableChange(
      source: name, target: name, action: .create, reason: .notInTarget,
      sourceTable: Table(name: name, columns: [column]),
      configuration: TableConfiguration(
        source: ObjectReference(tableName: name.table), target: TargetReference(tableName: name.table)),
      columns: [
        ColumnPlan(
          source: "id", target: "id", sourceType: "INTEGER", type: .integer, targetType: "INTEGER",
          isNullable: false)
      ], key: PartitionKey(columns: ["id"], origin: .primaryKey, isNullable: false), addressing: .keyRange,
      parts: (1...parts).map { part in
        PartChange(
          part: Part(
            id: part,
            range: .keys(
              from: part == 1 ? nil : Bound([.integer(Int64(part))]),
              to: part == parts ? nil : Bound([.integer(Int64(part + 1))]))), reason: .notInTarget,
          rows: rowsPerPart, bytes: 100, method: part > parts - removals ? .remove : .replace)
      }, extraction: "SELECT id FROM t\(index)", sourceFingerprint: "f", targetFingerprint: nil,
      configurationFingerprint: "c")
  }
}
