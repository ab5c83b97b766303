import Catalogs
import Foundation

/// The statements that keep a run's progress in the account, where SnowConvert's tools and dashboards look for it: one row
/// per run in `WORKFLOW`, one per table in `TABLE_PROGRESS`, the first error of each part in `DATA_MIGRATION_ERROR`.
///
/// Every statement may be run again: rows are found by the run's id and replaced.
package struct SnowflakeMetadata: Hashable, Sendable {
  package var database: String
  package var schema: String

  /// Where SnowConvert keeps it when nobody says otherwise.
  package init(database: String = "SNOWCONVERT_AI", schema: String = "DATA_MIGRATION") {
    self.database = database
    self.schema = schema
  }

  /// Rows of one statement: many enough to need few statements, few enough to stay far below a megabyte of text.
  private static let batch = 200
  /// Characters of an error message that are kept.
  private static let longestMessage = 4000

  /// Makes database, schema, tables and view where they are missing.
  package var creation: [String] {
    [
      "CREATE DATABASE IF NOT EXISTS \(SnowflakeName.written(database))",
      "CREATE SCHEMA IF NOT EXISTS \(SnowflakeName.written(database)).\(SnowflakeName.written(schema))",
      """
      CREATE TABLE IF NOT EXISTS \(name("WORKFLOW")) (WORKFLOW_ID VARCHAR(100) NOT NULL, WORKFLOW_NAME VARCHAR(1000) NOT NULL, \
      STATUS VARCHAR(20) NOT NULL, STATUS_DETAIL VARCHAR(100) NOT NULL, CREATED_AT TIMESTAMP_NTZ(3) NOT NULL, \
      START_TIME TIMESTAMP_NTZ(3), END_TIME TIMESTAMP_NTZ(3), CONFIGURATION VARIANT)
      """,
      """
      CREATE TABLE IF NOT EXISTS \(name("TABLE_PROGRESS")) (WORKFLOW_ID VARCHAR(100) NOT NULL, TABLE_INDEX NUMBER(10,0) NOT NULL, \
      SOURCE_TABLE VARCHAR(1000) NOT NULL, TARGET_TABLE VARCHAR(1000) NOT NULL, ACTION VARCHAR(20) NOT NULL, \
      PARTITIONS NUMBER(19,0) NOT NULL, PARTITIONS_TO_EXTRACT NUMBER(19,0) NOT NULL, PARTITIONS_TO_LOAD NUMBER(19,0) NOT NULL, \
      PARTITIONS_COMPLETED NUMBER(19,0) NOT NULL, PARTITIONS_FAILED NUMBER(19,0) NOT NULL, ROWS_LOADED NUMBER(19,0) NOT NULL)
      """,
      """
      CREATE TABLE IF NOT EXISTS \(name("DATA_MIGRATION_ERROR")) (WORKFLOW_ID VARCHAR(100) NOT NULL, TABLE_INDEX NUMBER(10,0) NOT NULL, \
      SOURCE_TABLE VARCHAR(1000) NOT NULL, TARGET_TABLE VARCHAR(1000) NOT NULL, PARTITION_ID NUMBER(19,0) NOT NULL, \
      ERROR_CODE VARCHAR(100) NOT NULL, ERROR_MESSAGE VARCHAR(\(Self.longestMessage * 4)) NOT NULL, OCCURRED_AT TIMESTAMP_NTZ(3) NOT NULL)
      """,
      """
      CREATE VIEW IF NOT EXISTS \(name("TABLE_PROGRESS_WITH_EXAMPLE_ERROR")) AS \
      SELECT P.WORKFLOW_ID, P.TABLE_INDEX, P.SOURCE_TABLE, P.TARGET_TABLE, P.ACTION, P.PARTITIONS, P.PARTITIONS_TO_EXTRACT, \
      P.PARTITIONS_TO_LOAD, P.PARTITIONS_COMPLETED, P.PARTITIONS_FAILED, P.ROWS_LOADED, E.ERRORS, E.EXAMPLE_ERROR \
      FROM \(name("TABLE_PROGRESS")) AS P LEFT JOIN (SELECT WORKFLOW_ID, TABLE_INDEX, COUNT(*) AS ERRORS, \
      MIN(ERROR_MESSAGE) AS EXAMPLE_ERROR FROM \(name("DATA_MIGRATION_ERROR")) GROUP BY WORKFLOW_ID, TABLE_INDEX) AS E \
      ON E.WORKFLOW_ID = P.WORKFLOW_ID AND E.TABLE_INDEX = P.TABLE_INDEX
      """,
    ]
  }

  /// Puts `report` in place of what was told of the run before.
  package func statements(for report: RunReport) -> [String] {
    let targets = Dictionary(report.tables.map { ($0.index, $0) }) { first, _ in first }
    let errors = report.errors.compactMap { error in targets[error.table].map { (error, $0) } }
    return [workflow(report)]
      + batches(report.tables.map { table($0, of: report) }).map {
        merge("TABLE_PROGRESS", key: ["WORKFLOW_ID", "TABLE_INDEX"], Self.tableColumns, $0)
      }
      + batches(errors.map { error($0, $1, of: report) }).map {
        merge("DATA_MIGRATION_ERROR", key: ["WORKFLOW_ID", "TABLE_INDEX", "PARTITION_ID"], Self.errorColumns, $0)
      }
  }

  private static let workflowColumns = [
    "WORKFLOW_ID", "WORKFLOW_NAME", "STATUS", "STATUS_DETAIL", "CREATED_AT", "START_TIME", "END_TIME", "CONFIGURATION",
  ]
  private static let tableColumns = [
    "WORKFLOW_ID", "TABLE_INDEX", "SOURCE_TABLE", "TARGET_TABLE", "ACTION", "PARTITIONS", "PARTITIONS_TO_EXTRACT",
    "PARTITIONS_TO_LOAD", "PARTITIONS_COMPLETED", "PARTITIONS_FAILED", "ROWS_LOADED",
  ]
  private static let errorColumns = [
    "WORKFLOW_ID", "TABLE_INDEX", "SOURCE_TABLE", "TARGET_TABLE", "PARTITION_ID", "ERROR_CODE", "ERROR_MESSAGE",
    "OCCURRED_AT",
  ]

  private func workflow(_ report: RunReport) -> String {
    merge(
      "WORKFLOW", key: ["WORKFLOW_ID"], Self.workflowColumns,
      [
        [
          text(report.id), text(report.workflow), text(report.status.rawValue), text(report.detail),
          moment(report.created), moment(report.started), moment(report.ended),
          "PARSE_JSON(\(text(report.configuration)))",
        ]
      ])
  }

  private func table(_ table: RunReport.Table, of report: RunReport) -> [String] {
    [
      text(report.id), "\(table.index)", text("\(table.source)"), text("\(table.target)"), text(table.action),
      "\(table.parts)", "\(max(0, table.parts - table.extractedParts - table.failedParts))",
      "\(max(0, table.extractedParts - table.loadedParts))", "\(table.loadedParts)", "\(table.failedParts)",
      "\(table.loadedRows)",
    ]
  }

  private func error(_ error: RunReport.PartError, _ table: RunReport.Table, of report: RunReport) -> [String] {
    // A table as a whole has no part; -1 keeps it apart from all of them.
    [
      text(report.id), "\(error.table)", text("\(table.source)"), text("\(table.target)"), "\(error.part ?? -1)",
      text(error.code), text(String(error.message.prefix(Self.longestMessage))), moment(error.at),
    ]
  }

  /// One MERGE of these rows; the columns of the key come among `columns`.
  private func merge(_ table: String, key: [String], _ columns: [String], _ rows: [[String]]) -> String {
    let source = rows.map { row in
      "SELECT " + zip(row, columns).map { "\($0) AS \($1)" }.joined(separator: ", ")
    }.joined(separator: " UNION ALL ")
    let match = key.map { "T.\($0) = S.\($0)" }.joined(separator: " AND ")
    let values = columns.filter { !key.contains($0) }.map { "\($0) = S.\($0)" }.joined(separator: ", ")
    return "MERGE INTO \(name(table)) AS T USING (\(source)) AS S ON \(match) WHEN MATCHED THEN UPDATE SET \(values) "
      + "WHEN NOT MATCHED THEN INSERT (\(columns.joined(separator: ", "))) VALUES "
      + "(\(columns.map { "S.\($0)" }.joined(separator: ", ")))"
  }

  private func batches(_ rows: [[String]]) -> [[[String]]] {
    stride(from: 0, to: rows.count, by: Self.batch).map { Array(rows[$0..<min(rows.count, $0 + Self.batch)]) }
  }

  private func name(_ table: String) -> String {
    SnowflakeName.written(ObjectName(database: database, schema: schema, table: table))
  }

  private func text(_ value: String) -> String { SnowflakeName.text(value) }

  private func moment(_ milliseconds: Int?) -> String {
    guard let milliseconds else { return "NULL::TIMESTAMP_NTZ(3)" }
    let second = Date(timeIntervalSince1970: Double(milliseconds / 1000))
    let fraction = String(1000 + milliseconds % 1000).dropFirst()
    let written =
      second.formatted(.iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false))
      + "." + fraction
    return "\(text(written))::TIMESTAMP_NTZ(3)"
  }
}
