import Foundation
import Plans
import Snowflake
import Workflows

/// What Iceberg tables need of the account.
extension SnowflakeCheck {
  func iceberg(_ role: String, _ report: (CheckFinding) -> Void) {
    let tables = request.tables.filter { $0.configuration.target.tableType == .iceberg }
    var volumes: Set<String> = []
    for table in tables {
      guard let configuration = table.configuration.target.icebergConfig else { continue }
      let subject = "Iceberg table \(table.name)"
      attempt(subject, report) {
        let exists = try session.tables([table.name])[table.name] != nil
        let checks = try SnowflakeDialect().icebergChecks(table.name, configuration, exists: exists).map(
          session.answered)
        for check in checks where check.verdict != .holds { report(finding(check, subject, role)) }
        let held = checks.count { $0.verdict == .holds }
        if held == checks.count {
          report(CheckFinding(.ok, subject, "its preconditions hold: \(held) of \(held)"))
        }
      }
      if configuration.strategy != .catalogLink, let volume = SnowflakeDialect.describedVolume(configuration) {
        volumes.insert(volume)
      }
    }
    for volume in volumes.sorted() { verify(volume, report) }
  }

  private func finding(_ check: IcebergCheck, _ subject: String, _ role: String) -> CheckFinding {
    let remedy = check.remedy.replacing(SnowflakeDialect.someRole, with: SnowflakeName.written(role))
    let said = check.said.map { " (\($0))" } ?? ""
    guard check.verdict == .fails else {
      return CheckFinding(
        .warning, subject, "could not tell whether \(check.requirement)\(said)", remedy: remedy)
    }
    // A table that a run has made is left alone by the next plan, which knows that from the state.
    if check.answer == .noRows {
      return CheckFinding(
        .warning, subject, "\(check.requirement): no\(said); a plan refuses it unless a run made it",
        remedy: remedy)
    }
    return CheckFinding(.failed, subject, "\(check.requirement): no\(said)", remedy: remedy)
  }

  /// Has Snowflake write, read, list and delete a file of its own in the volume's storage. No plan does that.
  private func verify(_ volume: String, _ report: (CheckFinding) -> Void) {
    let subject = "external volume \(volume)"
    let statement = "SELECT SYSTEM$VERIFY_EXTERNAL_VOLUME(\(SnowflakeName.text(volume)))"
    attempt(subject, asUnknown: true, report) {
      let text = try ask(statement + " AS V").rows.first?.first.flatMap { $0 } ?? ""
      let facts = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
      guard let success = facts["success"] as? Bool else {
        return report(
          CheckFinding(
            .warning, subject, "could not tell whether Snowflake reaches its storage", remedy: statement + ";"))
      }
      let failed = facts.filter { $0.value as? String == "FAILED" }.keys.sorted().joined(separator: ", ")
      report(
        success
          ? CheckFinding(.ok, subject, "Snowflake can write, read, list and delete in its storage")
          : CheckFinding(
            .failed, subject, "Snowflake cannot use its storage\(failed.isEmpty ? "" : ": \(failed) failed")",
            remedy: "\(statement); tells more; give the storage's role the rights that DESCRIBE EXTERNAL VOLUME "
              + "\(SnowflakeName.written(volume)); names"))
    }
  }
}
