package import Catalogs

/// A table that is built anew beside the old one, and takes its place by a swap.
///
/// A swap is a definition: it commits by itself, and done twice it is undone. So the table beside carries a column that
/// marks it, and where that column is tells whether the swap was done.
package struct SnowflakeRebuild: Sendable {
  package var target: ObjectName
  package var run: Int

  package init(_ target: ObjectName, run: Int) {
    self.target = target
    self.run = run
  }

  /// The column that only the table of this run has; it says which part a row came with, where that is asked.
  package var mark: String { "_SCMPLAN_REBUILD_\(run)" }

  private var beside: String { SnowflakeName.written(SnowflakeName.rebuild(of: target)) }
  private var table: String { SnowflakeName.written(target) }

  /// An empty table with the target's columns, defaults, keys and grants, and the mark.
  ///
  /// - Parameter isTransient: whether the target is, so that a swap changes its kind, and what its history costs, no more than its name.
  package func create(isTransient: Bool) -> [SnowflakeStep] {
    [
      SnowflakeStep(
        .define, "CREATE \(isTransient ? "TRANSIENT " : "")TABLE IF NOT EXISTS \(beside) LIKE \(table) COPY GRANTS"),
      SnowflakeStep(.define, "ALTER TABLE \(beside) ADD COLUMN IF NOT EXISTS \(mark) NUMBER(19,0)"),
    ]
  }

  /// What a run left behind: one that was given up its own rows, one that ended the old ones.
  package var drop: SnowflakeStep { SnowflakeStep(.define, "DROP TABLE IF EXISTS \(beside)") }

  /// The rows gathered, which must be those that the ledger counted.
  package func count(_ rows: Int, isSwapped: Bool = false) -> SnowflakeStep {
    SnowflakeStep(.count(rows), "SELECT COUNT(*) AS N FROM \(isSwapped ? table : beside)")
  }

  package var swap: SnowflakeStep { SnowflakeStep(.define, "ALTER TABLE \(table) SWAP WITH \(beside)") }

  /// Takes the mark away once the table has taken the old one's place.
  package var unmark: SnowflakeStep { SnowflakeStep(.define, "ALTER TABLE \(table) DROP COLUMN IF EXISTS \(mark)") }
}
