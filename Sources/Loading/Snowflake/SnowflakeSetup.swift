import Catalogs

/// What an administrator creates in a Snowflake account before a migration: a role with the rights that scmplan needs and no
/// others, a warehouse, a service user that logs in by key pair, the databases and schemas.
///
/// Pure: the script is printed, reviewed and run by the administrator. Every statement may be run again. It grants what
/// ``SnowflakeRight`` lists, which is what `check` looks for.
package struct SnowflakeSetup: Sendable {
  /// A schema that tables are loaded into, by its stored names.
  package struct Schema: Hashable, Comparable, Sendable {
    package var database: String
    package var name: String

    package init(database: String, name: String) {
      self.database = database
      self.name = name
    }

    package static func < (a: Schema, b: Schema) -> Bool { (a.database, a.name) < (b.database, b.name) }
  }

  /// Sizes of a warehouse as `CREATE WAREHOUSE` takes them.
  package enum Size: String, CaseIterable, Sendable {
    case xsmall, small, medium, large, xlarge, xxlarge, xxxlarge
  }

  package var role: String
  package var user: String
  package var warehouse: String
  package var size: Size
  package var schemas: [Schema]
  /// Where the views of the migration's progress go.
  package var metadata: Schema
  /// Base64 of the public key's DER (SubjectPublicKeyInfo), one line; nil when the key is set later.
  package var publicKey: String?
  /// Addresses or CIDR blocks the user may come from; none makes no network policy.
  package var addresses: [String]
  /// External volumes of Iceberg tables.
  package var externalVolumes: Set<String>
  /// Catalog integrations of Iceberg tables.
  package var catalogs: Set<String>

  package init(
    role: String, user: String, warehouse: String, size: Size = .xsmall, schemas: [Schema], metadata: Schema,
    publicKey: String? = nil, addresses: [String] = [], externalVolumes: Set<String> = [], catalogs: Set<String> = []
  ) {
    self.role = role
    self.user = user
    self.warehouse = warehouse
    self.size = size
    self.schemas = schemas
    self.metadata = metadata
    self.publicKey = publicKey
    self.addresses = addresses
    self.externalVolumes = externalVolumes
    self.catalogs = catalogs
  }

  /// The script, ready to be run by a user who may switch to SECURITYADMIN, USERADMIN and SYSADMIN.
  package var script: String {
    (heading + access + compute + databases + grants + iceberg + network + login).joined(separator: "\n") + "\n"
  }

  private var heading: [String] {
    ["-- What scmplan needs in a Snowflake account. Read it, run it as an administrator; it may be run again."]
  }

  private var access: [String] {
    [
      "", "-- The role that owns nothing but what it creates, and the user that has it.", "USE ROLE USERADMIN;",
      "CREATE ROLE IF NOT EXISTS \(quoted(role)) COMMENT = 'scmplan: loads migrated tables';",
      "CREATE USER IF NOT EXISTS \(quoted(user)) TYPE = SERVICE DEFAULT_ROLE = \(quoted(role)) "
        + "DEFAULT_WAREHOUSE = \(quoted(warehouse)) COMMENT = 'scmplan: logs in by key pair';",
      "GRANT ROLE \(quoted(role)) TO USER \(quoted(user));",
      "-- So that administrators see and may drop what it creates.",
      "GRANT ROLE \(quoted(role)) TO ROLE SYSADMIN;",
    ]
  }

  private var compute: [String] {
    [
      "",
      "-- A warehouse of its own tells what the migration costs. A larger one helps only when many files load at a time.",
      "USE ROLE SYSADMIN;",
      "CREATE WAREHOUSE IF NOT EXISTS \(quoted(warehouse)) WAREHOUSE_SIZE = \(size.rawValue.uppercased()) "
        + "AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;",
      "USE ROLE SECURITYADMIN;",
      SnowflakeRight.warehouse(warehouse).grant(to: role),
    ]
  }

  private var databases: [String] {
    var lines: [String] = [
      "", "-- Where tables are created and loaded, and where their progress is told.", "USE ROLE SYSADMIN;",
    ]
    var seen: Set<String> = []
    for schema in Set(schemas + [metadata]).sorted() {
      if seen.insert(schema.database).inserted {
        lines.append("CREATE DATABASE IF NOT EXISTS \(quoted(schema.database));")
      }
      lines.append("CREATE SCHEMA IF NOT EXISTS \(name(schema));")
    }
    return lines
  }

  private var grants: [String] {
    var lines = [
      "", "-- The rights: new tables, the stages their files go through, rows of tables that exist.",
      "USE ROLE SECURITYADMIN;",
    ]
    let targets = Set(schemas)
    for database in Set(schemas.map(\.database) + [metadata.database]).sorted() {
      lines.append(SnowflakeRight.database(database).grant(to: role))
    }
    for schema in targets.sorted() {
      lines.append(SnowflakeRight.schema(schema.database, schema.name).grant(to: role))
      lines.append(SnowflakeRight.grantOnTables(of: schema.database, schema.name, to: role))
    }
    lines.append(SnowflakeRight.metadata(metadata.database, metadata.name).grant(to: role))
    lines.append("-- To alter a table that exists, as a plan may ask for, the role must own it:")
    lines.append("--   GRANT OWNERSHIP ON TABLE <table> TO ROLE \(quoted(role)) COPY CURRENT GRANTS;")
    return lines
  }

  private var iceberg: [String] {
    guard !externalVolumes.isEmpty || !catalogs.isEmpty else { return [] }
    var lines = ["", "-- Iceberg tables."]
    for volume in externalVolumes.sorted() {
      lines.append(SnowflakeRight.externalVolume(volume).grant(to: role))
    }
    for catalog in catalogs.sorted() {
      lines.append(SnowflakeRight.integration(catalog).grant(to: role))
    }
    for schema in Set(schemas).sorted() {
      lines.append(SnowflakeRight.icebergSchema(schema.database, schema.name).grant(to: role))
    }
    return lines
  }

  private var network: [String] {
    guard !addresses.isEmpty else {
      return [
        "", "-- Any address may log in with the key. To allow only some, run setup-sql with --allow-address.",
      ]
    }
    let list = addresses.map(SnowflakeName.text).joined(separator: ", ")
    let policy = quoted(user + "_ADDRESSES")
    return [
      "", "-- Only from here may the user log in.",
      "CREATE NETWORK POLICY IF NOT EXISTS \(policy) ALLOWED_IP_LIST = (\(list));",
      "ALTER NETWORK POLICY \(policy) SET ALLOWED_IP_LIST = (\(list));",
      "ALTER USER \(quoted(user)) SET NETWORK_POLICY = \(policy);",
    ]
  }

  private var login: [String] {
    guard let publicKey else {
      return [
        "",
        "-- The key pair. Make it where scmplan runs, and put the public half here, or run setup-sql with --public-key:",
        "--   openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes-256-cbc -out scmplan_key.p8",
        "--   openssl pkey -in scmplan_key.p8 -pubout -out scmplan_key.pub",
        "--   ALTER USER \(quoted(user)) SET RSA_PUBLIC_KEY = '<the lines between BEGIN and END, joined>';",
      ]
    }
    return [
      "", "-- The public half of the key pair.",
      "ALTER USER \(quoted(user)) SET RSA_PUBLIC_KEY = \(SnowflakeName.text(publicKey));",
    ]
  }

  private func name(_ schema: Schema) -> String { "\(quoted(schema.database)).\(quoted(schema.name))" }

  private func quoted(_ name: String) -> String { Identifier.quoted(name) }
}
