import Catalogs
import Loading
import Testing

@Suite struct SnowflakeMetadataTests {
  private static let metadata = SnowflakeMetadata(database: "Odd one", schema: "RUNS")

  private static func report(tables: Int = 1, errors: Int = 1) -> RunReport {
    RunReport(
      id: "lineage/7", workflow: "it's", status: .executing, detail: "executing", created: 1_795_257_000_123,
      started: 1_795_257_001_000, ended: nil, configuration: #"[{"path":"C:\\x"}]"#,
      tables: (0..<tables).map {
        RunReport.Table(
          index: $0, source: ObjectName(schema: "dbo", table: "t\($0)"),
          target: ObjectName(schema: "S", table: "T\($0)"),
          action: "create", parts: 10, extractedParts: 6, loadedParts: 4, failedParts: 1, loadedRows: 400)
      },
      errors: (0..<errors).map {
        RunReport.PartError(table: 0, part: $0 == 0 ? nil : $0, code: "x", message: "say 'no'\\", at: 1_795_257_002_000)
      })
  }

  @Test func everythingIsMadeOnlyWhereItIsMissing() {
    let statements = Self.metadata.creation
    #expect(statements.allSatisfy { $0.contains(" IF NOT EXISTS ") })
    #expect(statements[0] == #"CREATE DATABASE IF NOT EXISTS "Odd one""#)
    #expect(statements[1] == #"CREATE SCHEMA IF NOT EXISTS "Odd one".RUNS"#)
    for name in ["WORKFLOW", "TABLE_PROGRESS", "DATA_MIGRATION_ERROR", "TABLE_PROGRESS_WITH_EXAMPLE_ERROR"] {
      #expect(statements.contains { $0.contains(#" "Odd one".RUNS.\#(name) "#) }, "\(name)")
    }
    #expect(SnowflakeMetadata().creation[1] == "CREATE SCHEMA IF NOT EXISTS SNOWCONVERT_AI.DATA_MIGRATION")
  }

  @Test func aReportIsOneMergeForEachTable() {
    let statements = Self.metadata.statements(for: Self.report())
    #expect(statements.count == 3)
    #expect(statements.allSatisfy { $0.hasPrefix(#"MERGE INTO "Odd one".RUNS."#) })
    #expect(statements[0].contains("'it''s' AS WORKFLOW_NAME, 'EXECUTING' AS STATUS"))
    #expect(statements[0].contains("'2026-11-21 10:30:00.123'::TIMESTAMP_NTZ(3) AS CREATED_AT"))
    #expect(statements[0].contains("NULL::TIMESTAMP_NTZ(3) AS END_TIME"))
    #expect(statements[0].contains(#"PARSE_JSON('[{"path":"C:\\\\x"}]') AS CONFIGURATION"#))
    #expect(
      statements[1].contains(
        "10 AS PARTITIONS, 3 AS PARTITIONS_TO_EXTRACT, 2 AS PARTITIONS_TO_LOAD, 4 AS PARTITIONS_COMPLETED, "
          + "1 AS PARTITIONS_FAILED, 400 AS ROWS_LOADED"))
    #expect(statements[2].contains("-1 AS PARTITION_ID") && statements[2].contains(#"'say ''no''\\' AS ERROR_MESSAGE"#))
  }

  @Test func manyRowsComeInStatementsOfABoundedLength() {
    let statements = Self.metadata.statements(for: Self.report(tables: 1001, errors: 401))
    #expect(statements.count == 1 + 6 + 3)
    #expect(statements.allSatisfy { $0.utf8.count < 900_000 })
    #expect(Self.metadata.statements(for: Self.report(tables: 0, errors: 3)).count == 1)
  }
}
