import Catalogs

/// What a role must be allowed to do with an object: the one list from which ``SnowflakeSetup`` grants and `check` looks.
///
/// Rights as Snowflake documents them for `COPY INTO`, `PUT`, `CREATE STAGE` and `CREATE ICEBERG TABLE`.
package struct SnowflakeRight: Hashable, Sendable {
  /// As `GRANT … ON` names it.
  package enum Kind: String, Sendable {
    case warehouse = "WAREHOUSE"
    case database = "DATABASE"
    case schema = "SCHEMA"
    case table = "TABLE"
    case externalVolume = "EXTERNAL VOLUME"
    case integration = "INTEGRATION"
  }

  package var privileges: [String]
  package var kind: Kind
  /// The object's stored name, outermost part first.
  package var name: [String]

  private init(_ privileges: [String], _ kind: Kind, _ name: [String]) {
    self.privileges = privileges
    self.kind = kind
    self.name = name
  }

  package static func warehouse(_ name: String) -> SnowflakeRight { SnowflakeRight(["USAGE"], .warehouse, [name]) }

  package static func database(_ name: String) -> SnowflakeRight { SnowflakeRight(["USAGE"], .database, [name]) }

  /// A schema that tables are loaded into: new tables, the ledger's among them, and the stage their files go through.
  package static func schema(_ database: String, _ schema: String) -> SnowflakeRight {
    SnowflakeRight(["USAGE", "CREATE TABLE", "CREATE STAGE"], .schema, [database, schema])
  }

  /// A schema that Iceberg tables are made in, besides.
  package static func icebergSchema(_ database: String, _ schema: String) -> SnowflakeRight {
    SnowflakeRight(["CREATE ICEBERG TABLE"], .schema, [database, schema])
  }

  /// The schema in which runs are told of.
  package static func metadata(_ database: String, _ schema: String) -> SnowflakeRight {
    SnowflakeRight(["USAGE", "CREATE TABLE", "CREATE VIEW"], .schema, [database, schema])
  }

  /// A table that exists and is loaded into.
  package static func target(_ database: String, _ schema: String, _ table: String) -> SnowflakeRight {
    SnowflakeRight(["SELECT", "INSERT", "DELETE"], .table, [database, schema, table])
  }

  /// A table of ours that another role has made: its rows are changed too.
  package static func ledger(_ database: String, _ schema: String, _ table: String) -> SnowflakeRight {
    SnowflakeRight(rows, .table, [database, schema, table])
  }

  package static func externalVolume(_ name: String) -> SnowflakeRight {
    SnowflakeRight(["USAGE"], .externalVolume, [name])
  }

  package static func integration(_ name: String) -> SnowflakeRight { SnowflakeRight(["USAGE"], .integration, [name]) }

  /// What the targets and our own tables need together.
  private static let rows = ["SELECT", "INSERT", "UPDATE", "DELETE"]

  /// The statement that gives the right; a role in angle brackets stands for one that is not known.
  package func grant(to role: String) -> String {
    "GRANT \(privileges.joined(separator: ", ")) ON \(kind.rawValue) \(Self.quoted(name)) TO ROLE "
      + (role.hasPrefix("<") ? role : Self.quoted([role])) + ";"
  }

  /// The statement that gives, of all tables of a schema, what targets and our own tables need.
  package static func grantOnTables(of database: String, _ schema: String, to role: String) -> String {
    "GRANT \(rows.joined(separator: ", ")) ON ALL TABLES IN SCHEMA \(quoted([database, schema])) "
      + "TO ROLE \(quoted([role]));"
  }

  private static func quoted(_ name: [String]) -> String { name.map(Identifier.quoted).joined(separator: ".") }
}
