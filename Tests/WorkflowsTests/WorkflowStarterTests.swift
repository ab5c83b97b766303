import Catalogs
import Testing
import Workflows

@Suite struct WorkflowStarterTests {
  /// What comes back when the text is read as a workflow between the two systems.
  private func names(
    _ starter: WorkflowStarter, _ tables: [ObjectName]
  ) throws -> (source: [ObjectName], target: [ObjectName]) {
    let workflow = try workflow(starter.text(tables))
    return (
      try workflow.tables.map { try $0.source.objectName(folding: starter.source.folding) },
      try workflow.tables.map { try $0.target.objectName(folding: starter.target.folding) }
    )
  }

  private static let awkward = [
    "orders", "Orders", "ORDERS", "price list", "a\"b", "sku#", "9lives", "größe", "x]y", "back\\slash",
  ]

  @Test(arguments: SourcePlatform.allCases, TargetPlatform.allCases)
  func everyNameComesBackAndNoTargetIsTakenTwice(source: SourcePlatform, target: TargetPlatform) throws {
    let tables = ["public", "Sales"].flatMap { schema in Self.awkward.map { ObjectName(schema: schema, table: $0) } }
    for schema in [nil, "all"] {
      let starter = WorkflowStarter(source: source, target: target, targetDatabase: "DB", targetSchema: schema)
      let (sources, targets) = try names(starter, tables)
      #expect(sources == tables)
      #expect(Set(targets.map { $0.description }).count == tables.count)
      #expect(targets.allSatisfy { $0.database == "DB" })
    }
  }

  @Test func plainNamesStayPlain() throws {
    let starter = WorkflowStarter(source: .postgresql, target: .snowflake)
    let text = starter.text([ObjectName(schema: "public", table: "orders"), ObjectName(schema: "hr", table: "staff")])
    #expect(
      text == #"""
        {
          "defaultTableConfiguration": {
            "source": { "schemaName": "hr" },
            "target": { "schemaName": "hr" },
            "synchronization": { "strategy": "checksum" }
          },
          "tables": [
            { "source": { "schemaName": "public", "tableName": "orders" }, "target": { "schemaName": "public", "tableName": "orders" } },
            { "source": { "tableName": "staff" }, "target": { "tableName": "staff" } }
          ]
        }

        """#)
  }

  @Test func aNameWithAControlCharacterCannotBeWritten() {
    #expect(!WorkflowStarter.canWrite(ObjectName(schema: "s", table: "tab\tin")))
    #expect(!WorkflowStarter.canWrite(ObjectName(schema: "s\u{7f}", table: "t")))
    #expect(WorkflowStarter.canWrite(ObjectName(schema: "s", table: "größe 1")))
  }

  @Test func tablesWithoutASchemaNeedNone() throws {
    let starter = WorkflowStarter(source: .sqlite, target: .sqlite, strategy: .none)
    let workflow = try workflow(starter.text([ObjectName(table: "t")]))
    #expect(workflow.tables.map(\.source.schemaName) == [nil])
    #expect(workflow.tables.map(\.synchronization.strategy) == [Synchronization.Strategy.none])
  }
}
