package import Catalogs
package import Plans
package import Workflows

extension SnowflakeDialect {
  /// How an Iceberg table comes to be, by its strategy. No statement replaces an object that is there.
  ///
  /// Source: https://docs.snowflake.com/en/sql-reference/sql/create-iceberg-table
  package func iceberg(
    _ name: ObjectName, _ configuration: IcebergConfiguration, columns: [ColumnPlan], metadataColumns: Bool,
    exists: Bool
  ) -> IcebergOutline? {
    var outline = IcebergOutline(columns: columns, statements: [])
    let table = SnowflakeName.written(name)
    switch configuration.strategy {
    case .catalogLink:
      if exists {
        outline.refusals.append(
          "a table of this name exists, and a link never replaces one; drop it, or take another name")
      }
      outline.statements = [link(table, configuration)]
    case .convertToManaged:
      if !exists {
        outline.refusals.append("there is no table to convert; link it first with migrationStrategy catalog_link")
      }
      let base = configuration.baseLocationPrefix.map {
        " BASE_LOCATION = \(SnowflakeName.text(location(name, $0)))"
      }
      outline.statements = ["ALTER ICEBERG TABLE \(table) CONVERT TO MANAGED" + (base ?? "")]
    case .copyFiles:
      if exists {
        outline.refusals.append(
          "a table of this name exists, and files are registered with a new one; drop it, or take another name")
      }
      take(columns, named: name, metadataColumns: false, configuration, &outline)
      guard let stage = configuration.sourceDataStage else {
        outline.refusals.append("copy_files needs icebergConfig.sourceDataStage")
        break
      }
      if Self.stageName(stage) == nil {
        outline.refusals.append(
          "icebergConfig.sourceDataStage \(stage) is no named stage, and files are registered from no other; make one "
            + "with CREATE STAGE")
      }
      outline.statements.append(register(table, stage))
    case nil: take(columns, named: name, metadataColumns: metadataColumns, configuration, &outline)
    }
    outline.checks = icebergChecks(name, configuration, exists: exists)
    return outline
  }

  /// The columns with Iceberg's types, and the statement that creates a table of them.
  private func take(
    _ columns: [ColumnPlan], named name: ObjectName, metadataColumns: Bool, _ configuration: IcebergConfiguration,
    _ outline: inout IcebergOutline
  ) {
    outline.columns = columns.map { column in
      var column = column
      guard let type = Self.icebergType(of: column.type) else {
        outline.refusals.append(
          "\(column.source) is \(column.type), which no Iceberg table holds; map \(column.sourceType) to VARCHAR with "
            + "columnTypeMappings")
        return column
      }
      column.targetType = type
      return column
    }
    var metadata = metadataColumns ? MetadataColumns.plans(self) : []
    for index in metadata.indices {
      metadata[index].targetType = Self.icebergType(of: metadata[index].type) ?? metadata[index].targetType
    }
    var options = ["CATALOG = 'SNOWFLAKE'"]
    if let volume = configuration.externalVolume { options.append("EXTERNAL_VOLUME = \(SnowflakeName.text(volume))") }
    if let prefix = configuration.baseLocationPrefix {
      options.append("BASE_LOCATION = \(SnowflakeName.text(location(name, prefix)))")
    }
    if let sync = configuration.catalogSync { options.append("CATALOG_SYNC = \(SnowflakeName.text(sync))") }
    let definition = definition(
      name, columns: outline.columns + metadata, primaryKey: [], metadataColumns: false)
    outline.statements = ["CREATE ICEBERG TABLE IF NOT EXISTS \(definition)\n\(options.joined(separator: "\n"))"]
  }

  /// The one type that an Iceberg table has for values of a type; nil where it has none. Texts and bytes have no shorter
  /// lengths there, times and timestamps have six digits.
  static func icebergType(of type: LogicalType) -> String? {
    let kind: SnowflakeType.Kind? =
      switch type {
      case .boolean: .boolean
      case .integer: .number(precision: 19, scale: 0)
      case .decimal(_, 38...): nil
      case .decimal(let precision, let scale): .number(precision: precision, scale: scale)
      case .float: .float
      case .text, .uuid: .varchar(length: SnowflakeType.longestText)
      case .binary: .binary(length: SnowflakeType.longestBinary)
      case .date: .date
      case .time(let scale): scale <= 6 ? .time(scale: 6) : nil
      case .timestamp(let scale): scale <= 6 ? .timestamp(.none, scale: 6) : nil
      case .instant(let scale): scale <= 6 ? .timestamp(.local, scale: 6) : nil
      case .variant: nil
      }
    return kind.map { SnowflakeType($0).description }
  }

  private func link(_ table: String, _ configuration: IcebergConfiguration) -> String {
    var lines = ["CREATE ICEBERG TABLE IF NOT EXISTS \(table)"]
    if let volume = configuration.externalVolume { lines.append("EXTERNAL_VOLUME = \(SnowflakeName.text(volume))") }
    lines.append("CATALOG = \(SnowflakeName.text(configuration.catalog))")
    if let written = configuration.catalogTableName {
      // The catalog's own name: the last part is the table's, those before it the namespace's.
      let parts = written.split(separator: ".")
      lines.append("CATALOG_TABLE_NAME = \(SnowflakeName.text(parts.last.map(String.init) ?? written))")
      if parts.count > 1 {
        lines.append("CATALOG_NAMESPACE = \(SnowflakeName.text(parts.dropLast().joined(separator: ".")))")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Files are copied beside the table and registered as they are. Without `FORCE`: done again, files that are in stay out.
  private func register(_ table: String, _ stage: String) -> String {
    """
    COPY INTO \(table) FROM \(stage.hasPrefix("@") ? stage : "@" + stage)
    FILE_FORMAT = (TYPE = PARQUET USE_VECTORIZED_SCANNER = TRUE)
    LOAD_MODE = ADD_FILES_COPY MATCH_BY_COLUMN_NAME = CASE_SENSITIVE ON_ERROR = ABORT_STATEMENT
    """
  }

  private func location(_ name: ObjectName, _ prefix: String) -> String {
    (prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix) + "/" + name.table
  }
}
