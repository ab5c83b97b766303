package import Workflows

extension IcebergChoice {
  /// The choice that a configuration makes, with what the account must have before anything is created.
  package init(_ configuration: IcebergConfiguration) {
    var needs: [String] = []
    if let volume = configuration.externalVolume { needs.append("external volume \(volume) exists and may be used") }
    if configuration.isSnowflakeManaged {
      if let stage = configuration.sourceDataStage { needs.append("stage \(stage) exists and holds Parquet files") }
      if let sync = configuration.catalogSync { needs.append("catalog integration \(sync) exists and may be used") }
    } else {
      needs.append("catalog integration \(configuration.catalog) exists and may be used")
      if let table = configuration.catalogTableName { needs.append("the catalog has the table \(table)") }
    }
    switch configuration.strategy {
    case .catalogLink: needs.append("no table of this name exists in the target")
    case .convertToManaged:
      needs.append("the table exists, is linked to the external catalog, and the role owns it")
      needs.append("the external volume may be written; the conversion cannot be undone")
    case .copyFiles:
      needs.append("the table is not partitioned, and its quoted column names are those of the files")
    case nil: needs.append("a Snowflake-managed table of this name exists, or none does")
    }
    self.init(strategy: configuration.strategy, reason: configuration.strategyReason, requirements: needs)
  }
}
