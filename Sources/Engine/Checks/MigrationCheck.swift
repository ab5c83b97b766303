import Catalogs
import Extraction
import Loading
package import Plans
package import Store
package import Workflows

/// Tries what a plan and a run will need: both connections, the workflow's tables on them, the stage, the state.
///
/// Writes nothing that stays: the stage gets a file that is removed at once, a target begins a transaction and rolls it
/// back. Every trouble becomes a finding, so that one broken thing does not hide the next. Blocks.
package struct MigrationCheck {
  package var opener: ConnectionOpener
  /// The tables to look for; nil looks at the connections alone.
  package var workflow: Workflow?
  package var source: SourceConnection
  package var target: TargetConnection
  /// The stage's root directory.
  package var stage: String
  /// Gives nil where there is no state yet.
  package var openStore: () throws -> Store?

  package init(
    opener: ConnectionOpener, workflow: Workflow?, source: SourceConnection, target: TargetConnection, stage: String,
    openStore: @escaping () throws -> Store?
  ) {
    self.opener = opener
    self.workflow = workflow
    self.source = source
    self.target = target
    self.stage = stage
    self.openStore = openStore
  }

  /// Makes every check and hands each finding to `report` as soon as it is there.
  package func run(_ report: (CheckFinding) -> Void) {
    checkSource(report)
    checkTarget(report)
    StageCheck(root: stage).findings.forEach(report)
    checkState(report)
  }

  private func checkSource(_ report: (CheckFinding) -> Void) {
    let subject = "source \(source.name)"
    attempt(subject, report) {
      let session = try opener.source(try opener.endpoint(source))
      guard let workflow else {
        let tables = try session.allTables()
        report(CheckFinding(.ok, subject, "opened; \(Self.count(tables.count, "table")) can be read"))
        return
      }
      report(CheckFinding(.ok, subject, "opened"))
      let names = try workflow.tables.map { try $0.source.objectName(folding: source.platform.folding) }
      let found = try session.tables(names)
      for (table, name) in zip(workflow.tables, names) {
        let place = "source table \(name)"
        guard let described = found[name] else {
          report(
            CheckFinding(
              .failed, place, "the source has no such table, or hides it",
              remedy: "correct the name in the workflow, or grant the right to read the table"))
          continue
        }
        attempt(place, report) {
          try session.checkAccess(to: described)
          if let filter = table.whereClauseCriteria { try session.check(filter: filter, of: described) }
        }
      }
      report(CheckFinding(.ok, subject, "\(found.count) of \(Self.count(names.count, "table")) found"))
    }
  }

  private func checkTarget(_ report: (CheckFinding) -> Void) {
    let subject = "target \(target.name)"
    attempt(subject, report) {
      let session = try opener.target(try opener.endpoint(target))
      let tables = try (workflow?.tables ?? []).map {
        TargetCheck.Table(try $0.target.objectName(folding: target.platform.folding), $0)
      }
      var hasFailed = false
      session.check(TargetCheck(tables: tables, metadata: try opener.metadata(of: target))) { finding in
        hasFailed = hasFailed || finding.outcome == .failed
        report(finding)
      }
      // What is broken already would only be told a second time.
      guard !hasFailed else { return }
      let names = tables.map(\.name)
      let found = try session.tables(names)
      _ = try session.ledger(names)
      let there = workflow == nil ? "" : "; \(found.count) of \(Self.count(names.count, "table")) there already"
      report(CheckFinding(.ok, subject, "opened" + there))
    }
  }

  private func checkState(_ report: (CheckFinding) -> Void) {
    attempt("state", report) {
      guard let store = try openStore() else {
        report(CheckFinding(.ok, "state", "none yet; the first plan makes it"))
        return
      }
      report(
        CheckFinding(.ok, "state", "lineage \(try store.lineage().prefix(8)), \(try store.openRuns().count) runs open"))
      for lock in try store.locks() {
        report(
          CheckFinding(
            .warning, "state", "workflow \(lock.name) is locked by \(lock.who) (\(lock.operation))",
            remedy: "wait for it to end; when its process is gone: scmplan unlock \(lock.name)"))
      }
    }
  }

  private func attempt(_ subject: String, _ report: (CheckFinding) -> Void, _ check: () throws -> Void) {
    do {
      try check()
    } catch {
      // Errors say what happened in their first line, and what to do in the next.
      let lines = TaskFailure(error).message.split(separator: "\n", maxSplits: 1).map(String.init)
      report(CheckFinding(.failed, subject, lines.first ?? "", remedy: lines.dropFirst().first))
    }
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
