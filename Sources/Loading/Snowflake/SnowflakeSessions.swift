package import Catalogs

/// The sessions that engines have in a schema, as statements: a small table beside the ledger.
///
/// A process that is killed leaves its session, and what that has locked, for as long as Snowflake waits for it: minutes.
/// Whoever comes next finds the session here and ends it. Rows are only added and, once their engine is gone, taken away.
package struct SnowflakeSessions: Sendable {
  package var target: ObjectName

  package init(_ target: ObjectName) {
    self.target = target
  }

  private var table: String { SnowflakeName.written(SnowflakeName.beside(target, "SCMPLAN_SESSION")) }

  package var create: String {
    "CREATE TABLE IF NOT EXISTS \(table) (LINEAGE VARCHAR NOT NULL, OWNER VARCHAR NOT NULL, SESSION_ID VARCHAR NOT NULL)"
  }

  /// `OWNER, SESSION_ID` of every session of a state's engines.
  package func read(lineage: String) -> String {
    "SELECT OWNER, SESSION_ID FROM \(table) WHERE LINEAGE = \(SnowflakeName.text(lineage))"
  }

  package func note(lineage: String, owner: String, session: String) -> String {
    let values = [lineage, owner, session].map(SnowflakeName.text).joined(separator: ", ")
    return "INSERT INTO \(table) SELECT \(values)"
  }

  /// Takes away what was noted of an engine.
  package func forget(lineage: String, owner: String) -> String {
    "DELETE FROM \(table) WHERE LINEAGE = \(SnowflakeName.text(lineage)) AND OWNER = \(SnowflakeName.text(owner))"
  }
}
