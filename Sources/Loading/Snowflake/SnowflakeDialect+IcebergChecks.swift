package import Catalogs
package import Plans
package import Workflows

extension SnowflakeDialect {
  /// The volume that is Snowflake's own storage: every account has it, and nobody describes it.
  private static let ownVolume = "SNOWFLAKE_MANAGED"

  /// Stands for the role in what a plan says: it may be made for another.
  static let someRole = "<role>"

  /// What the account is asked before anything is created. Nothing that is asked changes it.
  ///
  /// Answers as Snowflake documents them for `DESCRIBE EXTERNAL VOLUME`, `DESCRIBE CATALOG INTEGRATION`, `DESCRIBE STAGE`,
  /// `SHOW OBJECTS` and `SHOW ICEBERG TABLES`.
  package func icebergChecks(
    _ name: ObjectName, _ configuration: IcebergConfiguration, exists: Bool
  ) -> [IcebergCheck] {
    let files = configuration.strategy == .copyFiles ? configuration.sourceDataStage.map(stageChecks) ?? [] : []
    return volumeChecks(configuration) + integrationChecks(configuration) + files
      + presenceChecks(name, configuration.strategy, exists: exists)
  }

  private func volumeChecks(_ configuration: IcebergConfiguration) -> [IcebergCheck] {
    guard let volume = Self.describedVolume(configuration) else { return [] }
    let isWritten = configuration.strategy != .catalogLink
    let written = SnowflakeName.written(volume)
    return [
      IcebergCheck(
        "external volume \(volume) exists and may be \(isWritten ? "written" : "used")",
        "DESCRIBE EXTERNAL VOLUME \(written)", isWritten ? .allowsWrites : .succeeds,
        remedy: "SHOW EXTERNAL VOLUMES; where it is there: "
          + SnowflakeRight.externalVolume(volume).grant(to: Self.someRole),
        remedyOfProperty: "ALTER EXTERNAL VOLUME \(written) SET ALLOW_WRITES = TRUE;")
    ]
  }

  /// The stored name of the volume that an account must have; nil for none, and for Snowflake's own.
  static func describedVolume(_ configuration: IcebergConfiguration) -> String? {
    configuration.externalVolume.map(SnowflakeName.folded).flatMap { $0 == ownVolume ? nil : $0 }
  }

  private func integrationChecks(_ configuration: IcebergConfiguration) -> [IcebergCheck] {
    [configuration.isSnowflakeManaged ? nil : configuration.catalog, configuration.catalogSync].compactMap { $0 }.map {
      let integration = SnowflakeName.folded($0)
      let written = SnowflakeName.written(integration)
      return IcebergCheck(
        "catalog integration \(integration) exists, is enabled and may be used",
        "DESCRIBE CATALOG INTEGRATION \(written)",
        .isEnabled,
        remedy: "SHOW CATALOG INTEGRATIONS; where it is there: "
          + SnowflakeRight.integration(integration).grant(to: Self.someRole),
        remedyOfProperty: "ALTER CATALOG INTEGRATION \(written) SET ENABLED = TRUE;")
    }
  }

  private func stageChecks(_ written: String) -> [IcebergCheck] {
    let place = written.hasPrefix("@") ? written : "@" + written
    guard let stage = Self.stageName(place) else { return [] }
    return [
      IcebergCheck(
        "stage \(stage) exists and may be used", "DESCRIBE STAGE \(stage)", .succeeds,
        remedy: "SHOW STAGES; where it is there: GRANT USAGE ON STAGE \(stage) TO ROLE \(Self.someRole); of an "
          + "internal stage READ"),
      IcebergCheck(
        "\(place) holds Parquet files", "LIST \(place) PATTERN = '.*[.]parquet'", .rows,
        remedy: "LIST \(place); correct icebergConfig.sourceDataStage, or put the files there: names end in .parquet"),
    ]
  }

  /// The name in `@db.schema.stage/path`; nil for stages of tables and users, which take no other name.
  static func stageName(_ written: String) -> String? {
    var isQuoted = false
    let name = written.drop { $0 == "@" }.prefix {
      if $0 == "\"" { isQuoted.toggle() }
      return isQuoted || $0 != "/"
    }
    let last = GrantedName.parts(String(name)).last ?? ""
    return name.isEmpty || last.hasPrefix("%") || last.hasPrefix("~") ? nil : String(name)
  }

  private func presenceChecks(_ name: ObjectName, _ strategy: IcebergStrategy?, exists: Bool) -> [IcebergCheck] {
    let schema = [name.database, name.schema].compactMap { $0 }.map(SnowflakeName.written).joined(separator: ".")
    let place = SnowflakeName.pattern(name.table) + (schema.isEmpty ? "" : " IN SCHEMA \(schema)")
    let table = SnowflakeName.written(name)
    switch strategy {
    case .catalogLink, .copyFiles:
      return [
        IcebergCheck(
          "nothing of the name \(name) exists in the target", "SHOW OBJECTS LIKE \(place)", .noRows, row: name.table,
          remedy: "give the workflow's table another target name; or, when what is there may go: DROP TABLE \(table);")
      ]
    case .convertToManaged:
      return [
        IcebergCheck(
          "\(name) exists and is linked to an external catalog", "SHOW ICEBERG TABLES LIKE \(place)", .isUnmanaged,
          row: name.table,
          remedy: "SHOW ICEBERG TABLES LIKE \(place); link the table first, with migrationStrategy catalog_link")
      ]
    case nil:
      guard exists else { return [] }
      return [
        IcebergCheck(
          "\(name) is an Iceberg table", "SHOW ICEBERG TABLES LIKE \(place)", .rows, row: name.table,
          remedy: "set tableType native for it, or give the workflow's table another target name")
      ]
    }
  }
}
