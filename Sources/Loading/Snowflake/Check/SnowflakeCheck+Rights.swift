import Catalogs
import Plans
import Snowflake
import Workflows

/// What the role may do where tables are loaded.
extension SnowflakeCheck {
  /// Names of tables that one finding lists.
  private static let listed = 5

  func grants(of role: String, _ report: (CheckFinding) -> Void) -> SnowflakeGrants? {
    var grants: SnowflakeGrants?
    attempt("role \(role)", asUnknown: true, report) {
      let secondary = (try? ask("SELECT CURRENT_SECONDARY_ROLES() AS S").named.first?["s"]) ?? nil
      let others = secondary?.firstMatch(of: #/"roles"\s*:\s*"([^"]+)"/#) != nil
      grants = try SnowflakeGrants(role: role, secondary: others, ask: ask)
    }
    return grants
  }

  /// The schemas of the tables, or the session's own where there are none, with their tables.
  func places(_ report: (CheckFinding) -> Void) -> [(place: SnowflakeTargetSession.Place, tables: [TargetCheck.Table])]
  {
    var places: [(SnowflakeTargetSession.Place, [TargetCheck.Table])] = []
    attempt("schemas", report) {
      guard request.tables.isEmpty else {
        let tables = Dictionary(request.tables.map { ($0.name, $0) }) { first, _ in first }
        places = try session.grouped(Array(tables.keys)).map { place, names in
          (place, names.sorted().compactMap { tables[$0] })
        }
        return
      }
      let row = try ask("SELECT CURRENT_DATABASE() AS D, CURRENT_SCHEMA() AS S").named.first ?? [:]
      if let database = row["d"], let schema = row["s"], !database.isEmpty, !schema.isEmpty {
        places = [(SnowflakeTargetSession.Place(database: database, schema: schema), [])]
      }
    }
    return places
  }

  /// One schema: that it is there, what the role may do in it, and its stage.
  func check(
    _ place: (place: SnowflakeTargetSession.Place, tables: [TargetCheck.Table]), _ role: String,
    _ grants: SnowflakeGrants?, _ report: (CheckFinding) -> Void
  ) {
    let (database, schema) = (place.place.database, place.place.schema)
    let subject = "schema \(database).\(schema)"
    attempt(subject, report) {
      var rights = [SnowflakeRight.database(database), .schema(database, schema)]
      if place.tables.contains(where: { $0.configuration.target.tableType == .iceberg }) {
        rights.append(.icebergSchema(database, schema))
      }
      guard try exists(database, schema) else {
        return report(
          CheckFinding(
            .failed, subject, "it does not exist, or role \(role) may not see it",
            remedy: "CREATE SCHEMA IF NOT EXISTS \(SnowflakeName.written(database)).\(SnowflakeName.written(schema));\n"
              + rights.map { $0.grant(to: role) }.joined(separator: "\n")))
      }
      if let grants {
        say(rights, of: subject, role, grants, "role \(role) may make tables and stages", report)
        try tables(place, role, grants, report)
      }
      stage(ObjectName(database: database, schema: schema, table: ""), role, report)
    }
  }

  private func exists(_ database: String, _ schema: String) throws -> Bool {
    let question =
      "SELECT SCHEMA_NAME FROM \(SnowflakeName.written(database)).INFORMATION_SCHEMA.SCHEMATA "
      + "WHERE SCHEMA_NAME = \(SnowflakeName.text(schema))"
    return try session.existing { try ask(question) }?.rows.isEmpty == false
  }

  /// One finding about rights: all there, some missing, or some not to be seen.
  private func say(
    _ rights: [SnowflakeRight], of subject: String, _ role: String, _ grants: SnowflakeGrants, _ praise: String,
    outcome: CheckFinding.Outcome = .failed, _ report: (CheckFinding) -> Void
  ) {
    let missing = rights.compactMap { right in
      var right = right
      right.privileges = grants.missing(right)
      return right.privileges.isEmpty ? nil : right
    }
    guard !missing.isEmpty else { return report(CheckFinding(.ok, subject, praise)) }
    let lacking = missing.map { right in
      let object = right.kind == .table ? right.name.last ?? "" : right.kind.rawValue.lowercased()
      return "\(right.privileges.joined(separator: ", ")) on \(object)"
    }
    let remedy = missing.map { $0.grant(to: role) }.joined(separator: "\n")
    let words = lacking.joined(separator: "; ")
    guard let doubt = grants.doubt else {
      return report(CheckFinding(outcome, subject, "role \(role) lacks \(words)", remedy: remedy))
    }
    report(
      CheckFinding(
        .warning, subject, "could not tell whether role \(role) has \(words): \(doubt)",
        remedy: "where it is missing:\n\(remedy)"))
  }

  /// The tables that are there already: the workflow's, and those in which loads are noted.
  private func tables(
    _ place: (place: SnowflakeTargetSession.Place, tables: [TargetCheck.Table]), _ role: String,
    _ grants: SnowflakeGrants, _ report: (CheckFinding) -> Void
  ) throws {
    let (database, schema) = (place.place.database, place.place.schema)
    func named(_ table: String) -> ObjectName { ObjectName(database: database, schema: schema, table: table) }
    let ours = SnowflakeName.ledgerTables
    let wanted = place.tables.map(\.name.table)
    let found = try session.tables((wanted + ours).map(named)).keys.map(\.table)
    let targets = wanted.filter(found.contains)
    let rights =
      targets.map { SnowflakeRight.target(database, schema, $0) }
      + ours.filter(found.contains).map { SnowflakeRight.ledger(database, schema, $0) }
    guard !rights.isEmpty else { return }
    let subject = "tables of \(database).\(schema)"
    let lacking = rights.filter { !grants.missing($0).isEmpty }
    if lacking.count > Self.listed {
      let names = lacking.prefix(Self.listed).compactMap(\.name.last).joined(separator: ", ")
      report(
        CheckFinding(
          grants.doubt == nil ? .failed : .warning, subject,
          (grants.doubt.map { "could not tell (\($0)) whether " } ?? "")
            + "role \(role) lacks SELECT, INSERT or DELETE on "
            + "\(lacking.count) of them: \(names), …",
          remedy: SnowflakeRight.grantOnTables(of: database, schema, to: role)))
    } else {
      say(
        rights, of: subject, role, grants,
        "\(rights.count) there already, and role \(role) may change their rows", report)
    }
    let foreign = targets.filter { !grants.owns(.table, [database, schema, $0]) }
    guard let first = foreign.first, lacking.isEmpty else { return }
    report(
      CheckFinding(
        .warning, subject,
        "role \(role) does not own \(foreign.count == 1 ? first : "\(foreign.count) of them"): a plan that alters or "
          + "rebuilds such a table fails",
        remedy: foreign.prefix(Self.listed).map {
          "GRANT OWNERSHIP ON TABLE \(SnowflakeName.written(named($0))) TO ROLE \(SnowflakeName.written(role)) "
            + "COPY CURRENT GRANTS;"
        }.joined(separator: "\n")))
  }

  /// Where runs are told of. A run goes on without it.
  func metadata(_ role: String, _ grants: SnowflakeGrants, _ report: (CheckFinding) -> Void) {
    guard let (database, schema) = request.metadata else { return }
    let subject = "metadata schema \(database).\(schema)"
    attempt(subject, asUnknown: true, report) {
      let rights = [SnowflakeRight.database(database), .metadata(database, schema)]
      guard try exists(database, schema) else {
        return report(
          CheckFinding(
            .warning, subject, "not there yet; the first run makes it if role \(role) may, and else is told of nowhere",
            remedy: "CREATE DATABASE IF NOT EXISTS \(SnowflakeName.written(database));\nCREATE SCHEMA IF NOT EXISTS "
              + "\(SnowflakeName.written(database)).\(SnowflakeName.written(schema));\n"
              + rights.map { $0.grant(to: role) }.joined(separator: "\n")))
      }
      say(rights, of: subject, role, grants, "runs can be told of there", outcome: .warning, report)
    }
  }
}
