import Foundation
import Plans
import Snowflake

/// What surrounds the session: clocks, addresses, other sessions, what the account offers.
extension SnowflakeCheck {
  /// Seconds beyond which signed tokens are at risk, and beyond which none is taken.
  private static let limits = (warning: 30.0, failure: 300.0)

  /// How far this machine's clock is from the server's, of which half the way there and back is not known.
  func clock(_ report: (CheckFinding) -> Void) {
    attempt("clock", asUnknown: true, report) {
      let before = Date().timeIntervalSince1970
      guard let theirs = try ask("SELECT DATE_PART(EPOCH_MILLISECOND, SYSDATE()) AS T").number else { return }
      let after = Date().timeIntervalSince1970
      let offset = (before + after) / 2 - Double(theirs) / 1000
      let certain = abs(offset) - (after - before) / 2
      guard certain > Self.limits.warning else {
        return report(CheckFinding(.ok, "clock", "agrees with the server's"))
      }
      report(
        CheckFinding(
          certain > Self.limits.failure ? .failed : .warning, "clock",
          "this machine's is \(Int(abs(offset).rounded())) s \(offset > 0 ? "ahead of" : "behind") the server's; logins by "
            + "key pair fail beyond \(Int(Self.limits.warning)) s", remedy: SnowflakeRemedy.setClock))
    }
  }

  /// From where the account sees us come, and which policy decides on it.
  func network(_ report: (CheckFinding) -> Void) {
    attempt("network", asUnknown: true, report) {
      let row = try ask("SELECT CURRENT_IP_ADDRESS() AS A, CURRENT_USER() AS U").named.first ?? [:]
      let address = row["a"] ?? "an unknown address"
      let user = SnowflakeName.written(row["u"] ?? "")
      let asked = "SHOW PARAMETERS LIKE 'NETWORK_POLICY' "
      do {
        let policy = try policy(asked + "FOR USER \(user)") ?? policy(asked + "IN ACCOUNT")
        let words = policy.map { "network policy \($0) applies: keep the address in it" } ?? "no network policy applies"
        report(CheckFinding(.ok, "network", "the account sees \(address); \(words)"))
      } catch let error as SnowflakeError where error.kind == .statement {
        report(
          CheckFinding(
            .warning, "network", "the account sees \(address); could not tell which network policy applies",
            remedy: "as an administrator: \(asked)FOR USER \(user); and IN ACCOUNT"))
      }
    }
  }

  private func policy(_ question: String) throws -> String? {
    guard let row = try ask(question).named.first, let name = row["value"], !name.isEmpty else { return nil }
    return name + (row["level"].map { " of the \($0.lowercased())" } ?? "")
  }

  /// Whether a session of the same user can be ended from another: tried with one that is opened for it.
  ///
  /// A load that takes over from one that died ends its session, or waits for its locks.
  func endOfSessions(_ report: (CheckFinding) -> Void) {
    let subject = "sessions"
    attempt(subject, asUnknown: true, report) {
      let other = session.connection.another()
      defer { other.leave() }
      let id = try other.sessionID()
      var refusal: String?
      do {
        _ = try ask("SELECT SYSTEM$ABORT_SESSION(\(id)) AS A")
      } catch let error as SnowflakeError where error.kind == .statement {
        refusal = error.summary
      }
      let lives = (try? other.run("SELECT 1 AS N", tag: session.tag)) != nil
      guard lives else {
        return report(
          CheckFinding(.ok, subject, "the user may end its own, as whoever takes over from a dead engine does"))
      }
      report(
        CheckFinding(
          .warning, subject,
          "one of the same user could not be ended\(refusal.map { ": \($0)" } ?? ""); whoever takes over from a dead engine "
            + "waits for its locks, and no row is doubled",
          remedy: "where a run waits for them, an administrator finds and ends what holds them:\nSHOW TRANSACTIONS IN "
            + "ACCOUNT;\nSELECT SYSTEM$ABORT_TRANSACTION(<id>);"))
    }
  }

  /// Whether the account's region has hybrid tables, on which a state in the account would live.
  func hybridTables(_ report: (CheckFinding) -> Void) {
    let subject = "hybrid tables"
    attempt(subject, asUnknown: true, report) {
      let region = try ask("SELECT CURRENT_REGION() AS R").named.first?["r"] ?? ""
      // A group of regions may come first: PUBLIC.AWS_US_WEST_2.
      let name = region.split(separator: ".").last.map { $0.uppercased() } ?? ""
      let isCommercial = !name.contains("_GOV") && !name.contains("_CN_") && !name.contains("_DOD")
      if isCommercial, name.hasPrefix("AWS_") || name.hasPrefix("AZURE_") {
        return report(
          CheckFinding(.ok, subject, "the region \(name) has them; a trial account has none, which cannot be asked"))
      }
      let isKnown = name.hasPrefix("GCP_") || !isCommercial
      report(
        CheckFinding(
          .warning, subject,
          isKnown
            ? "the region \(name) has none; a state kept in the account would use standard tables"
            : "could not tell whether the region \(name.isEmpty ? "of the account" : name) has them",
          remedy: "keep the state in SQLite or PostgreSQL, which is the default"))
    }
  }
}
