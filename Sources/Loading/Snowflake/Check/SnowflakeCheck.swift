import Catalogs
import Plans
import Snowflake

/// Looks over what loads will need of an account, and says for each thing that is missing what to run.
///
/// What can be tried is tried: the login, the warehouse, the stage, the end of another session. What cannot without leaving
/// a trace is read: grants, parameters, descriptions. What cannot be read is a warning and no failure.
struct SnowflakeCheck {
  let session: SnowflakeTargetSession
  let request: TargetCheck

  var remedy: SnowflakeRemedy { SnowflakeRemedy(login: session.connection.login) }
  var subject: String { "Snowflake \(session.account)" }

  /// Hands each finding over as soon as it is there. Without a login nothing else is tried, so that no user gets locked.
  func run(_ report: (CheckFinding) -> Void) {
    guard let role = identity(report) else { return }
    clock(report)
    network(report)
    endOfSessions(report)
    hybridTables(report)
    warehouse(report)
    let grants = self.grants(of: role, report)
    for place in places(report) { check(place, role, grants, report) }
    if let grants { metadata(role, grants, report) }
    iceberg(role, report)
  }

  /// Runs `body`; an error becomes a finding with what to do.
  ///
  /// - Parameter asUnknown: The finding is a warning: that something could not be found out is no failure.
  func attempt(
    _ subject: String, asUnknown: Bool = false, _ report: (CheckFinding) -> Void, _ body: () throws -> Void
  ) {
    do {
      try body()
    } catch let error as SnowflakeError {
      report(
        CheckFinding(
          asUnknown ? .warning : .failed, subject, (asUnknown ? "could not tell: " : "") + error.summary,
          remedy: remedy.text(error)))
    } catch {
      report(
        CheckFinding(
          asUnknown ? .warning : .failed, subject, (asUnknown ? "could not tell: " : "") + "\(error)",
          remedy: "scmplan check again; when it stays, look at the connection in connections.toml"))
    }
  }

  func ask(_ sql: String) throws -> SnowflakeRows { try session.ask(sql) }

  // MARK: Who and with what

  /// The session's role; nil when nobody let us in, or with none, which may do nothing.
  private func identity(_ report: (CheckFinding) -> Void) -> String? {
    var role: String?
    attempt(subject, report) {
      let row = try ask("SELECT CURRENT_USER() AS U, CURRENT_ROLE() AS R").named.first ?? [:]
      let name = row["r"] ?? ""
      let user = row["u"] ?? session.connection.login.user ?? ""
      guard name.isEmpty else {
        role = name
        return report(CheckFinding(.ok, subject, "logged in as user \(user) with role \(name)"))
      }
      report(
        CheckFinding(
          .failed, subject, "logged in as user \(user), who has no role",
          remedy:
            "name a role in connections.toml, or: ALTER USER \(SnowflakeName.written(user)) SET DEFAULT_ROLE = <role>;"
        ))
    }
    return role
  }

  /// Whether a statement that computes something runs. Starts the warehouse.
  private func warehouse(_ report: (CheckFinding) -> Void) {
    attempt("warehouse", report) {
      let name = try ask("SELECT CURRENT_WAREHOUSE() AS W").named.first?["w"] ?? ""
      guard !name.isEmpty else {
        let user = session.connection.login.user.map(SnowflakeName.folded).map(SnowflakeName.written) ?? "<user>"
        return report(
          CheckFinding(
            .failed, "warehouse", "the session has none that it may use, and nothing loads without one",
            remedy: "name one as warehouse in connections.toml, or: ALTER USER \(user) SET DEFAULT_WAREHOUSE = "
              + "<warehouse>;\nGRANT USAGE ON WAREHOUSE <warehouse> TO ROLE <role>;"))
      }
      do {
        _ = try ask("SELECT COUNT(*) AS N FROM TABLE(GENERATOR(ROWCOUNT => 10))")
        report(CheckFinding(.ok, "warehouse \(name)", "ran a statement"))
      } catch let error as SnowflakeError where error.kind == .statement {
        report(idle(name, error))
      }
    }
  }

  /// Why a warehouse runs nothing.
  private func idle(_ name: String, _ error: SnowflakeError) -> CheckFinding {
    let subject = "warehouse \(name)"
    let written = SnowflakeName.written(name)
    let seen = try? ask("SHOW WAREHOUSES LIKE \(SnowflakeName.pattern(name))").named.first { $0["name"] == name }
    if seen?["state"]?.uppercased() == "SUSPENDED", seen?["auto_resume"]?.lowercased() == "false" {
      return CheckFinding(
        .failed, subject, "it is suspended and does not start by itself",
        remedy: "ALTER WAREHOUSE \(written) SET AUTO_RESUME = TRUE;")
    }
    let role = try? ask("SELECT CURRENT_ROLE() AS R").named.first?["r"]
    return CheckFinding(
      .failed, subject, "it runs nothing: \(error.summary)",
      remedy: seen == nil
        ? SnowflakeRight.warehouse(name).grant(to: (role ?? nil) ?? "<role>")
        : "SHOW WAREHOUSES LIKE \(SnowflakeName.pattern(name)); a resource monitor that is used up stops it: "
          + "SHOW RESOURCE MONITORS;")
  }
}
