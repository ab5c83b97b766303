/// Where an Iceberg table lives and how it comes to be (`target.icebergConfig`).
package struct IcebergConfiguration: Hashable, Codable, Sendable {
  /// The catalog that stands for Snowflake itself.
  package static let snowflakeCatalog = "SNOWFLAKE"

  /// `SNOWFLAKE`, or the name of the catalog integration of an external catalog.
  package var catalog: String
  package var externalVolume: String?
  /// A path put before the table's own folder; Snowflake-managed tables only.
  package var baseLocationPrefix: String?
  /// The table's qualified name in the external catalog.
  package var catalogTableName: String?
  /// The catalog integration that a Snowflake-managed table is published to.
  package var catalogSync: String?
  /// A stage path, `@` in front, that holds Parquet files of the table; Snowflake-managed tables only.
  package var sourceDataStage: String?
  /// As written; ``strategy`` says what applies.
  package var migrationStrategy: IcebergStrategy?

  package init(
    catalog: String = snowflakeCatalog, externalVolume: String? = nil, baseLocationPrefix: String? = nil,
    catalogTableName: String? = nil, catalogSync: String? = nil, sourceDataStage: String? = nil,
    migrationStrategy: IcebergStrategy? = nil
  ) {
    self.catalog = catalog
    self.externalVolume = externalVolume
    self.baseLocationPrefix = baseLocationPrefix
    self.catalogTableName = catalogTableName
    self.catalogSync = catalogSync
    self.sourceDataStage = sourceDataStage
    self.migrationStrategy = migrationStrategy
  }

  /// Snowflake is the table's catalog and writes its files.
  package var isSnowflakeManaged: Bool { catalog.uppercased() == Self.snowflakeCatalog }

  /// The strategy that applies: the written one, else the one that catalog and source stage call for; nil stands for a
  /// managed table that is loaded like any other.
  package var strategy: IcebergStrategy? {
    if let migrationStrategy { return migrationStrategy }
    if !isSnowflakeManaged { return .catalogLink }
    return sourceDataStage == nil ? nil : .copyFiles
  }

  /// Why ``strategy`` is what it is, as a plan says it.
  package var strategyReason: String {
    if migrationStrategy != nil { return "migrationStrategy says so" }
    if !isSnowflakeManaged { return "the catalog is external (\(catalog))" }
    guard let sourceDataStage else { return "managed by Snowflake, no sourceDataStage: a normal load" }
    return "managed by Snowflake with Parquet files in \(sourceDataStage)"
  }
}

/// How an Iceberg table is made without sending rows through a worker.
package enum IcebergStrategy: String, Codable, Sendable, CaseIterable {
  /// Snowflake reads the table that the external catalog keeps.
  case catalogLink = "catalog_link"
  /// A linked table becomes Snowflake-managed; this cannot be undone.
  case convertToManaged = "convert_to_managed"
  /// Parquet files in a stage are registered with a new managed table.
  case copyFiles = "copy_files"
}
