package import Store

/// Where a run stands at one moment, ready to be shown.
package struct RunSnapshot: Hashable, Sendable {
  /// Whether somebody works on the run.
  package enum Service: Hashable, Sendable {
    case atWork
    /// One was started again, this time because the one before was gone.
    case restarted(log: String?)
    /// Nobody does, and nobody was to be started.
    case absent
  }

  package var run: Run
  /// In the order of the plan.
  package var tables: [TableSnapshot]
  package var running: [RunningTask]
  /// Those due soonest.
  package var retrying: [RetryingTask]
  package var service: Service
  package var now: Milliseconds
  /// Rows a second leaving the source, over the last seconds; nil while that cannot be told.
  package var rowsPerSecond: Double?
  package var bytesPerSecond: Double?
  /// Nil while that cannot be told.
  package var secondsLeft: Double?

  /// Rows that left the source, those of parts under way included.
  package var rows: Int { tables.reduce(0) { $0 + $1.rows } }
  package var bytes: Int { tables.reduce(0) { $0 + $1.bytes } }
}

/// One table of a run at one moment.
package struct TableSnapshot: Hashable, Sendable {
  package enum Phase: String, Hashable, Codable, Sendable {
    /// No service has begun with it.
    case waiting = "waiting for a worker"
    case preparing
    case moving
    case finishing
    case done
    /// Parts of it were given up.
    case failed
    case cancelled
  }

  package var summary: TableProgressSummary
  package var phase: Phase
  /// Rows that left the source, those of parts under way included.
  package var rows: Int
  package var bytes: Int
  package var rowsPerSecond: Double?
  /// Nil while that cannot be told.
  package var secondsLeft: Double?

  /// How much is done, from 0 to 1: half for what is extracted, half for what is loaded.
  package var fraction: Double
}
