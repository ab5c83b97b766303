/// Everything that a run will do, decided beforehand: nothing touches a target that is not in here.
package struct Plan: Hashable, Codable, Sendable {
  /// The version of the plan file's format; another one is refused.
  package static let formatVersion = 1

  package var formatVersion = Plan.formatVersion
  /// The workflow's name.
  package var workflow: String
  package var affinity: String?
  package var source: Endpoint
  package var target: Endpoint
  /// Set when the target was read from definition files and not asked itself.
  package var targetDDL: DDLOrigin?
  /// The state that the plan was made against.
  package var lineage: String
  package var serial: Int
  /// In the order of the workflow; tables with nothing to do are in it, so that the plan says they were looked at.
  package var tables: [TableChange]
  package var estimate: Estimate

  package init(
    workflow: String, affinity: String?, source: Endpoint, target: Endpoint, lineage: String, serial: Int,
    tables: [TableChange], estimate: Estimate
  ) {
    self.workflow = workflow
    self.affinity = affinity
    self.source = source
    self.target = target
    self.lineage = lineage
    self.serial = serial
    self.tables = tables
    self.estimate = estimate
  }
}

/// One side of a migration: which connection, which system, which server.
package struct Endpoint: Hashable, Codable, Sendable {
  /// The connection's name in the configuration.
  package var connection: String
  package var platform: String
  /// What tells this server from another: host and database, account, or file name. No secret, no user.
  package var server: String

  package init(connection: String, platform: String, server: String) {
    self.connection = connection
    self.platform = platform
    self.server = server
  }
}

/// What a plan will cost, as far as is known; sums over the parts whose size is known.
package struct Estimate: Hashable, Codable, Sendable {
  package var rows: Int
  package var bytes: Int
  /// Parts whose rows only the run will know.
  package var unknownParts: Int
  /// Seconds by the rate of earlier runs; nil before there was one.
  package var seconds: Int?
  /// Credits of the target's warehouse; nil where the target has no such price.
  package var credits: Double?

  package init(rows: Int, bytes: Int, unknownParts: Int, seconds: Int?, credits: Double?) {
    self.rows = rows
    self.bytes = bytes
    self.unknownParts = unknownParts
    self.seconds = seconds
    self.credits = credits
  }
}
