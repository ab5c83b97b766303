import Catalogs
import Store

/// What is told of tables whose parts were read as of more than one moment.
enum SnapshotNote {
  /// - Parameter mixed: how many parts of each moment, the newest last, by the table's place in the plan.
  static func lines(_ mixed: [Int: [Int]], of tables: [TableProgressSummary], style: Style) -> [String] {
    tables.flatMap { table -> [String] in
      guard let parts = mixed[table.index], let last = parts.last else { return [] }
      return Columns.wrapped(
        "\(style.yellow("Note")): \(table.source.short) was read as of \(parts.count) moments: the source's snapshot was lost, "
          + "and \(last) of \(Numbers.plural(parts.reduce(0, +), "part")) came from the last one. scmplan refresh brings what "
          + "changed in between.", 80)
    }
  }
}
