import Catalogs

/// The columns that `target.metadataColumns` adds to a target table.
package enum MetadataColumns {
  /// The number of the run that brought the row.
  package static let run = "_SCMPLAN_RUN"
  /// The number of the part that the row came with.
  package static let part = "_SCMPLAN_PART"
  /// When the row was loaded, UTC.
  package static let loadedAt = "_SCMPLAN_LOADED_AT"

  package static let names: Set<String> = [run, part, loadedAt]

  /// The columns as they are added to a table that exists; no source column fills them, and rows that are there have none.
  package static func plans(_ dialect: any TargetDialect) -> [ColumnPlan] {
    let types: [(String, LogicalType)] = [(run, .integer), (part, .integer), (loadedAt, .instant(scale: 0))]
    return types.map { name, type in
      ColumnPlan(
        source: name, target: name, sourceType: "", type: type, targetType: dialect.sqlType(for: type), isNullable: true
      )
    }
  }
}
