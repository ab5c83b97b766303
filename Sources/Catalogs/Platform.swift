/// A system that tables are read from.
package enum SourcePlatform: String, Codable, Sendable, CaseIterable {
  case sqlserver, redshift, postgresql, sqlite

  /// The name a person uses for it.
  package var title: String {
    switch self {
    case .sqlserver: "SQL Server"
    case .redshift: "Amazon Redshift"
    case .postgresql: "PostgreSQL"
    case .sqlite: "SQLite"
    }
  }

  package var folding: IdentifierFolding {
    switch self {
    case .sqlserver, .sqlite: .kept
    case .redshift, .postgresql: .lower
    }
  }
}

/// A system that tables are written to.
package enum TargetPlatform: String, Codable, Sendable, CaseIterable {
  case snowflake, sqlite

  package var title: String {
    switch self {
    case .snowflake: "Snowflake"
    case .sqlite: "SQLite"
    }
  }

  package var folding: IdentifierFolding {
    switch self {
    case .snowflake: .upper
    case .sqlite: .kept
    }
  }
}

/// What a system does to an identifier that is written without quotes.
package enum IdentifierFolding: Sendable {
  case upper, lower
  /// The spelling is kept; the system compares names by its own collation.
  case kept
}
