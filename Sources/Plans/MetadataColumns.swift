/// The columns that `target.metadataColumns` adds to a target table.
package enum MetadataColumns {
  /// The number of the run that brought the row.
  package static let run = "_SCMPLAN_RUN"
  /// The number of the part that the row came with.
  package static let part = "_SCMPLAN_PART"
  /// When the row was loaded, UTC.
  package static let loadedAt = "_SCMPLAN_LOADED_AT"

  package static let names: Set<String> = [run, part, loadedAt]
}
