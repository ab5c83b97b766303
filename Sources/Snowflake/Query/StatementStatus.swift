/// Where a statement is, by its query id.
package struct StatementStatus: Hashable, Sendable {
  package enum Stage: Hashable, Sendable {
    /// Queued, running or waiting for a lock.
    case running
    case succeeded
    /// Failed or aborted: it changed nothing.
    case failed
    /// The server does not show it (yet).
    case unknown
  }

  package let stage: Stage
  /// The server's word: `RUNNING`, `FAILED_WITH_ERROR`.
  package let name: String
  package let errorCode: String?
  package let errorMessage: String?

  /// Sorts the server's word. One that is new, and one that says nothing certain of the effect (`DISCONNECTED`,
  /// `RESTARTED`, `NO_DATA`), is unknown.
  static func stage(_ name: String) -> Stage {
    switch name {
    case "RUNNING", "RESUMING_WAREHOUSE", "QUEUED", "QUEUED_REPARING_WAREHOUSE", "QUEUED_REPAIRING_WAREHOUSE",
      "BLOCKED", "ABORTING":
      .running
    case "SUCCESS": .succeeded
    case "ABORTED", "FAILED_WITH_ERROR", "FAILED_WITH_INCIDENT": .failed
    default: .unknown
    }
  }
}

/// `data` of an answer about one statement.
struct MonitoringAnswer: Decodable {
  struct Query: Decodable {
    let status: String?
    let errorCode: JSONValue?
    let errorMessage: String?
  }

  let queries: [Query]?
}
