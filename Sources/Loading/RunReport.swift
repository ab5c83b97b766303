package import Catalogs

/// Where one run stands, as it is told in the target for those who look there.
package struct RunReport: Hashable, Sendable {
  /// A table of the run.
  package struct Table: Hashable, Sendable {
    /// The table's place in the plan.
    package var index: Int
    package var source: ObjectName
    package var target: ObjectName
    package var action: String
    package var parts: Int
    package var extractedParts: Int
    package var loadedParts: Int
    /// Parts that were given up.
    package var failedParts: Int
    package var loadedRows: Int

    package init(
      index: Int, source: ObjectName, target: ObjectName, action: String, parts: Int, extractedParts: Int,
      loadedParts: Int, failedParts: Int, loadedRows: Int
    ) {
      self.index = index
      self.source = source
      self.target = target
      self.action = action
      self.parts = parts
      self.extractedParts = extractedParts
      self.loadedParts = loadedParts
      self.failedParts = failedParts
      self.loadedRows = loadedRows
    }
  }

  /// The first error that a part met, whether it was overcome or not.
  package struct PartError: Hashable, Sendable {
    package var table: Int
    /// Nil for the table as a whole.
    package var part: Int?
    package var code: String
    package var message: String
    /// Milliseconds since 1970.
    package var at: Int

    package init(table: Int, part: Int?, code: String, message: String, at: Int) {
      self.table = table
      self.part = part
      self.code = code
      self.message = message
      self.at = at
    }
  }

  /// What a run is at, in the words of the views that are kept of it.
  package enum Status: String, Sendable {
    case pending = "PENDING"
    case executing = "EXECUTING"
    case completed = "COMPLETED"
  }

  /// Names the run among those of every state that reports into the same target.
  package var id: String
  package var workflow: String
  package var status: Status
  /// How it ended, or what it waits for: `completed with errors`, `paused`.
  package var detail: String
  /// Milliseconds since 1970.
  package var created: Int
  package var started: Int?
  package var ended: Int?
  /// The configurations of the run's tables, merged with their defaults, as JSON.
  package var configuration: String
  package var tables: [Table]
  package var errors: [PartError]

  package init(
    id: String, workflow: String, status: Status, detail: String, created: Int, started: Int?, ended: Int?,
    configuration: String, tables: [Table], errors: [PartError]
  ) {
    self.id = id
    self.workflow = workflow
    self.status = status
    self.detail = detail
    self.created = created
    self.started = started
    self.ended = ended
    self.configuration = configuration
    self.tables = tables
    self.errors = errors
  }
}

/// A place in the target where runs are told about. Calls block, and belong to one thread at a time.
package protocol RunReporter: AnyObject {
  /// Puts the report in place of the one before of the same run; the same report twice changes nothing.
  func tell(_ report: RunReport) throws
}
