package import Catalogs
package import Plans

/// The fence and the ledger of a schema's tables, as statements: two small tables in the schema of the data, so that a
/// schema that is cloned, put back or dropped takes them along.
///
/// Snowflake locks a whole table for an `UPDATE`. So the ledger is only ever added to, which takes no lock, and the fence's
/// row is updated as the last thing before a commit: loads of other tables wait for a moment and not for a COPY.
package struct SnowflakeLedger: Sendable {
  /// What the ledger says of a part.
  package enum State: String, Sendable {
    /// An attempt has begun; its session is named.
    case loading
    case loaded
  }

  /// Work on the whole table, under a number where a part has its own.
  package enum TableWork: Int, Sendable {
    case prepare = -1
    case finish = -2
  }

  package var target: ObjectName

  package init(_ target: ObjectName) {
    self.target = target
  }

  private var fence: String { SnowflakeName.written(SnowflakeName.beside(target, "SCMPLAN_FENCE")) }
  private var ledger: String { SnowflakeName.written(SnowflakeName.beside(target, "SCMPLAN_LEDGER")) }
  private var name: String { SnowflakeName.text(target.table) }

  package var create: [String] {
    [
      """
      CREATE TABLE IF NOT EXISTS \(fence) (
        TARGET VARCHAR NOT NULL, LINEAGE VARCHAR NOT NULL, RUN NUMBER(19,0) NOT NULL, COMMITS NUMBER(19,0) NOT NULL,
        "PLAN" VARCHAR NOT NULL, PREPARED BOOLEAN NOT NULL, FINISHED BOOLEAN NOT NULL
      )
      """,
      """
      CREATE TABLE IF NOT EXISTS \(ledger) (
        TARGET VARCHAR NOT NULL, LINEAGE VARCHAR NOT NULL, RUN NUMBER(19,0) NOT NULL, PART NUMBER(19,0) NOT NULL,
        ATTEMPT NUMBER(19,0) NOT NULL, STATE VARCHAR NOT NULL, "ROWS" NUMBER(19,0) NOT NULL, DELETED NUMBER(19,0) NOT NULL,
        FILES NUMBER(19,0) NOT NULL, SHA256 VARCHAR NOT NULL, "PLAN" VARCHAR NOT NULL, SESSION_ID VARCHAR NOT NULL,
        LOADED_AT TIMESTAMP_NTZ(0) NOT NULL
      )
      """,
    ]
  }

  /// Columns `LINEAGE, RUN, COMMITS, PLAN, PREPARED, FINISHED`; no row where no run has taken the table, and for a moment
  /// two where two runs took it at once: the one that went on comes first, the other gives its row back.
  package var readFence: String {
    "SELECT LINEAGE, RUN, COMMITS, \"PLAN\", PREPARED, FINISHED FROM \(fence) WHERE TARGET = \(name) "
      + "ORDER BY PREPARED DESC, COMMITS DESC"
  }

  /// The fences of every table of the schema: `TARGET, LINEAGE, RUN, COMMITS, PLAN, FINISHED`.
  package var readFences: String { "SELECT TARGET, LINEAGE, RUN, COMMITS, \"PLAN\", FINISHED FROM \(fence)" }

  /// The parts that are in, of every run that holds a fence: `TARGET, PART, ATTEMPT, ROWS, PLAN`.
  package var readEntries: String {
    "SELECT l.TARGET, l.PART, l.ATTEMPT, l.\"ROWS\", l.\"PLAN\" FROM \(ledger) AS l JOIN \(fence) AS f "
      + "ON l.TARGET = f.TARGET AND l.LINEAGE = f.LINEAGE AND l.RUN = f.RUN "
      + "WHERE l.STATE = 'loaded' ORDER BY l.TARGET, l.PART"
  }

  /// The parts of one table's run that are in: `PART, ATTEMPT, ROWS, PLAN`.
  package func readEntries(lineage: String, run: Int) -> String {
    "SELECT PART, ATTEMPT, \"ROWS\", \"PLAN\" FROM \(ledger) WHERE \(ofRun(lineage, run)) AND STATE = 'loaded' ORDER BY PART"
  }

  /// `ATTEMPT, ROWS, DELETED` of a part that is in.
  package func readEntry(lineage: String, run: Int, part: Int) -> String {
    "SELECT ATTEMPT, \"ROWS\", DELETED FROM \(ledger) WHERE \(ofRun(lineage, run)) AND PART = \(part) "
      + "AND STATE = 'loaded'"
  }

  /// `ATTEMPT, SESSION_ID` of every attempt at a part that has begun.
  package func readAttempts(lineage: String, run: Int, part: Int) -> String {
    "SELECT ATTEMPT, SESSION_ID FROM \(ledger) WHERE \(ofRun(lineage, run)) AND PART = \(part) AND STATE = 'loading'"
  }

  /// `SESSION_ID` of a run's attempts at what is not done: one of them may still be at work.
  ///
  /// - Parameter done: work on the table that is; of parts the ledger knows.
  package func readOpenSessions(lineage: String, run: Int, done: [TableWork]) -> String {
    let rest = done.isEmpty ? "" : " AND l.PART NOT IN (\(done.map { "\($0.rawValue)" }.joined(separator: ", ")))"
    return "SELECT DISTINCT l.SESSION_ID FROM \(ledger) AS l "
      + "LEFT JOIN \(ledger) AS d ON d.TARGET = l.TARGET AND d.LINEAGE = l.LINEAGE AND d.RUN = l.RUN "
      + "AND d.PART = l.PART AND d.STATE = 'loaded' "
      + "WHERE l.TARGET = \(name) AND l.LINEAGE = \(SnowflakeName.text(lineage)) AND l.RUN = \(run) "
      + "AND l.STATE = 'loading' AND d.PART IS NULL\(rest)"
  }

  /// Gives a table that no run has taken to one; changes nothing when one was quicker.
  package func take(lineage: String, run: Int, plan: String) -> String {
    "INSERT INTO \(fence) SELECT \(name), \(SnowflakeName.text(lineage)), \(run), 0, \(SnowflakeName.text(plan)), FALSE, FALSE "
      + "WHERE NOT EXISTS (SELECT 1 FROM \(fence) WHERE TARGET = \(name))"
  }

  /// How many rows the fence has for the table: two where two runs took it at the same moment, for an `INSERT` waits for
  /// nobody.
  package var countFences: String { "SELECT COUNT(*) AS N FROM \(fence) WHERE TARGET = \(name)" }

  /// Takes a run's own row back.
  package func giveBack(lineage: String, run: Int) -> String {
    "DELETE FROM \(fence) WHERE \(ofRun(lineage, run)) AND COMMITS = 0 AND NOT PREPARED"
  }

  /// Gives a table from the run that holds it to another; changes nothing when the fence has moved on. The count of
  /// commits goes on.
  package func take(lineage: String, run: Int, plan: String, from before: LedgerFence) -> String {
    "UPDATE \(fence) SET LINEAGE = \(SnowflakeName.text(lineage)), RUN = \(run), \"PLAN\" = \(SnowflakeName.text(plan)), "
      + "PREPARED = FALSE, FINISHED = FALSE WHERE \(ofRun(before.lineage, before.run)) AND COMMITS = \(before.commits)"
  }

  /// Notes that the plan's statements have run.
  package func notePrepared(lineage: String, run: Int, plan: String) -> String {
    "UPDATE \(fence) SET PREPARED = TRUE WHERE \(ofRun(lineage, run)) AND \"PLAN\" = \(SnowflakeName.text(plan))"
  }

  /// Counts a commit of the run that holds the fence, and holds the fence's lock until that commit.
  package func countCommit(lineage: String, run: Int, plan: String?, finishes: Bool = false) -> String {
    let ofPlan = plan.map { " AND \"PLAN\" = \(SnowflakeName.text($0))" } ?? ""
    let end = finishes ? ", FINISHED = TRUE" : ""
    return "UPDATE \(fence) SET COMMITS = COMMITS + 1\(end) WHERE \(ofRun(lineage, run))\(ofPlan)"
  }

  /// Adds a row for an attempt.
  package func put(
    _ request: LoadRequest, state: State, rows: Int, deleted: Int, sha256: String, session: String
  ) -> String {
    let values = [
      name, SnowflakeName.text(request.lineage), "\(request.run)", "\(request.part.id)", "\(request.attempt)",
      SnowflakeName.text(state.rawValue), "\(rows)", "\(deleted)", "\(request.staged.files.count)",
      SnowflakeName.text(sha256), SnowflakeName.text(request.plan), SnowflakeName.text(session),
      "SYSDATE()",
    ]
    return "INSERT INTO \(ledger) SELECT \(values.joined(separator: ", "))"
  }

  /// Adds a row for work on the whole table, with the session that does it.
  package func put(_ work: TableWork, lineage: String, run: Int, plan: String, session: String) -> String {
    "INSERT INTO \(ledger) SELECT \(name), \(SnowflakeName.text(lineage)), \(run), \(work.rawValue), 0, "
      + "\(SnowflakeName.text(State.loading.rawValue)), 0, 0, 0, '', \(SnowflakeName.text(plan)), "
      + "\(SnowflakeName.text(session)), SYSDATE()"
  }

  private func ofRun(_ lineage: String, _ run: Int) -> String {
    "TARGET = \(name) AND LINEAGE = \(SnowflakeName.text(lineage)) AND RUN = \(run)"
  }
}
