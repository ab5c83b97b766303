package import Catalogs

/// The columns that `target.metadataColumns` adds to a target table, in this order, behind the table's own.
package enum MetadataColumn: String, CaseIterable, Sendable {
  /// The run that loaded the row.
  case run = "_SCMPLAN_RUN"
  /// The part that the row came with.
  case part = "_SCMPLAN_PART"
  /// When the part was loaded, in UTC.
  case loadedAt = "_SCMPLAN_LOADED_AT"

  package var type: LogicalType {
    switch self {
    case .run, .part: .integer
    case .loadedAt: .instant(scale: 0)
    }
  }
}
