/// Tells of runs in the account's metadata schema, over a session of its own.
package final class SnowflakeReporter: RunReporter {
  private let connection: any SnowflakeConnection
  private let metadata: SnowflakeMetadata
  private var isMade = false

  package init(_ connection: any SnowflakeConnection, _ metadata: SnowflakeMetadata) {
    self.connection = connection
    self.metadata = metadata
  }

  package func tell(_ report: RunReport) throws {
    let tag = "scmplan report of \(report.id)"
    if !isMade {
      for statement in metadata.creation { _ = try connection.run(statement, tag: tag) }
      isMade = true
    }
    do {
      _ = try connection.run("BEGIN", tag: tag)
      for statement in metadata.statements(for: report) { _ = try connection.run(statement, tag: tag) }
      _ = try connection.run("COMMIT", tag: tag)
    } catch {
      // What was told halfway is rolled back with the session.
      connection.leave()
      throw error
    }
  }
}
