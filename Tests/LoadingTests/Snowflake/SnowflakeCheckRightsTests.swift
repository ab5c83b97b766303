import Catalogs
import Foundation
import Loading
import Plans
import Support
import Testing
import Workflows

/// What `check` reads of a role's rights, and that `setup-sql` grants just that.
@Suite struct SnowflakeCheckRightsTests {
  private func findings(
    _ world: SnowflakeWorld, _ tables: [String] = ["T"], kind: TargetReference.TableType = .native,
    schema: String = "PUBLIC",
    metadata: (database: String, schema: String)? = nil
  ) -> [CheckFinding] {
    var found: [CheckFinding] = []
    let asked = tables.map { name in
      TargetCheck.Table(
        ObjectName(database: String(world.database), schema: schema, table: name),
        TableConfiguration(
          source: ObjectReference(tableName: name), target: TargetReference(tableName: name, tableType: kind)))
    }
    world.patientSession().check(TargetCheck(tables: asked, metadata: metadata)) { found.append($0) }
    return found
  }

  private func find(_ subject: String, _ all: [CheckFinding]) throws -> CheckFinding {
    try #require(all.first { $0.subject.hasPrefix(subject) }, "\(subject) in \(all)")
  }

  /// Grants as a user's facts have them, from `privilege kind name` lines.
  private func grants(_ world: SnowflakeWorld, _ roles: [String: [String]]) async throws {
    let lists = roles.mapValues { lines in
      BenchValue.list(
        lines.map { line in
          let words = line.replacing("DB", with: world.database).split(separator: "|")
          return .list(words.map { .text(String($0)) })
        })
    }
    try await world.become(["grants": .map(lists), "roles": .list((["MOVER", "PUBLIC"]).map { .text($0) })])
  }

  private static let schema = [
    "USAGE|DATABASE|DB", "USAGE|SCHEMA|DB.PUBLIC", "CREATE TABLE|SCHEMA|DB.PUBLIC", "CREATE STAGE|SCHEMA|DB.PUBLIC",
  ]

  @Test func rightsAreFoundInInheritedRoles() async throws {
    let world = try await SnowflakeWorld()
    try await grants(
      world,
      [
        "MOVER": ["USAGE|ROLE|MIDDLE", "USAGE|DATABASE|DB"], "MIDDLE": ["USAGE|ROLE|DEEP"],
        "DEEP": Array(Self.schema.dropFirst(2)),
        "PUBLIC": ["USAGE|SCHEMA|DB.PUBLIC", "USAGE|DATABASE_ROLE|DB.READERS"],
      ])
    // The database role is not to be seen; nothing is missing, so nobody needs to know.
    #expect(try find("schema", findings(world)).outcome == .ok)
  }

  @Test func whatIsMissingIsGranted() async throws {
    let world = try await SnowflakeWorld()
    try await grants(world, ["MOVER": ["USAGE|SCHEMA|DB.PUBLIC", "CREATE TABLE|SCHEMA|DB.OTHER"]])
    let finding = try find("schema", findings(world, kind: .iceberg))
    #expect(finding.outcome == .failed)
    #expect(finding.detail.contains("role MOVER lacks USAGE on database; CREATE TABLE, CREATE STAGE on schema"))
    #expect(
      finding.remedy == """
        GRANT USAGE ON DATABASE "\(world.database)" TO ROLE "MOVER";
        GRANT CREATE TABLE, CREATE STAGE ON SCHEMA "\(world.database)"."PUBLIC" TO ROLE "MOVER";
        GRANT CREATE ICEBERG TABLE ON SCHEMA "\(world.database)"."PUBLIC" TO ROLE "MOVER";
        """)
  }

  @Test func whatCannotBeSeenIsAWarning() async throws {
    let world = try await SnowflakeWorld()
    try await grants(world, ["MOVER": Array(Self.schema.dropFirst()) + ["USAGE|ROLE|HIDDEN"]])
    let finding = try find("schema", findings(world))
    #expect(finding.outcome == .warning && finding.detail.contains("could not tell"), "\(finding)")
    #expect(finding.detail.contains("SHOW GRANTS TO ROLE HIDDEN is refused"), "\(finding)")
    #expect(finding.remedy?.contains("GRANT USAGE ON DATABASE") == true)
  }

  @Test func otherRolesOfTheSessionMayAllowMore() async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["grants": ["MOVER": []], "roles": ["MOVER", "PUBLIC"], "secondary": "MORE"])
    let finding = try find("schema", findings(world))
    #expect(finding.outcome == .warning && finding.detail.contains("secondary roles may allow more"), "\(finding)")
  }

  @Test func rolesThatInheritInCirclesOrTooDeepEnd() async throws {
    let world = try await SnowflakeWorld()
    var roles = ["MOVER": ["USAGE|ROLE|R0"]]
    for level in 0..<12 { roles["R\(level)"] = ["USAGE|ROLE|R\(level + 1)", "USAGE|ROLE|MOVER"] }
    roles["R12"] = Self.schema
    try await grants(world, roles)
    let finding = try find("schema", findings(world))
    #expect(finding.outcome == .warning && finding.detail.contains("too many roles"), "\(finding)")
  }

  @Test func namesInQuotesAreTheirOwn() async throws {
    let world = try await SnowflakeWorld()
    _ = try world.rows("CREATE SCHEMA \(world.database).\"odd one\"")
    let rights = Self.schema.map { $0.replacing("DB.PUBLIC", with: "DB.\"odd one\"") }
    try await grants(world, ["MOVER": rights])
    #expect(try find("schema", findings(world, schema: "odd one")).outcome == .ok)
    #expect(try find("schema", findings(world)).outcome == .failed)
  }

  @Test func tablesThatAreThereAlready() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    let ledger = ["SCMPLAN_FENCE", "SCMPLAN_LEDGER"].map { "OWNERSHIP|TABLE|DB.PUBLIC.\($0)" }
    let rows = ["SELECT", "INSERT", "DELETE"].map { "\($0)|TABLE|DB.PUBLIC.T" }
    try await grants(world, ["MOVER": Self.schema + ledger + rows])
    var found = findings(world).filter { $0.subject.hasPrefix("tables of") }
    #expect(found.map(\.outcome) == [.ok, .warning], "\(found)")
    #expect(
      found.last?.remedy
        == "GRANT OWNERSHIP ON TABLE \(world.database).PUBLIC.T TO ROLE MOVER COPY CURRENT GRANTS;", "\(found)")
    try await grants(world, ["MOVER": Self.schema + ledger.dropLast() + rows.dropLast()])
    found = findings(world).filter { $0.subject.hasPrefix("tables of") }
    #expect(found.map(\.outcome) == [.failed])
    #expect(
      found.first?.remedy == """
        GRANT DELETE ON TABLE "\(world.database)"."PUBLIC"."T" TO ROLE "MOVER";
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "\(world.database)"."PUBLIC"."SCMPLAN_LEDGER" TO ROLE "MOVER";
        """)
    try await grants(world, ["MOVER": Self.schema + ledger + ["OWNERSHIP|ICEBERG_TABLE|DB.PUBLIC.T"]])
    #expect(findings(world).filter { $0.subject.hasPrefix("tables of") }.map(\.outcome) == [.ok])
  }

  @Test func manyTablesAreOneStatement() async throws {
    let world = try await SnowflakeWorld()
    let names = (1...7).map { "T\($0)" }
    for name in names { _ = try world.rows("CREATE TABLE \(world.database).PUBLIC.\(name) (A INT)") }
    try await grants(world, ["MOVER": Self.schema])
    let finding = try find("tables of", findings(world, names))
    #expect(finding.outcome == .failed && finding.detail.contains("7 of them: T1, T2, T3, T4, T5"), "\(finding)")
    #expect(finding.remedy?.contains("ON ALL TABLES IN SCHEMA") == true)
  }

  @Test func aSchemaThatIsNotThere() async throws {
    let world = try await SnowflakeWorld()
    let finding = try find("schema", findings(world, schema: "NOWHERE"))
    #expect(finding.outcome == .failed)
    #expect(finding.remedy?.hasPrefix("CREATE SCHEMA IF NOT EXISTS \(world.database).NOWHERE;\nGRANT USAGE") == true)
  }

  @Test func whereRunsAreToldOfIsAWarningAtMost() async throws {
    let world = try await SnowflakeWorld()
    let place = (database: String(world.database), schema: "TOLD")
    var finding = try find("metadata", findings(world, metadata: place))
    #expect(finding.outcome == .warning && finding.remedy?.contains("CREATE VIEW") == true, "\(finding)")
    _ = try world.rows("CREATE SCHEMA \(world.database).TOLD")
    finding = try find("metadata", findings(world, metadata: place))
    #expect(finding.outcome == .ok)
    try await grants(world, ["MOVER": Self.schema])
    finding = try find("metadata", findings(world, metadata: place))
    #expect(finding.outcome == .warning && finding.detail.contains("lacks USAGE, CREATE TABLE, CREATE VIEW"))
  }

  /// Run as it stands, the script gives what a check looks for, and no object privilege beyond.
  @Test func theSetupScriptGrantsWhatIsLookedFor() async throws {
    let world = try await SnowflakeWorld()
    let database = String(world.database)
    _ = try world.rows("CREATE SCHEMA \(database).TOLD")
    let setup = SnowflakeSetup(
      role: "MOVER", user: "U", warehouse: "COMPUTE_WH", schemas: [.init(database: database, name: "PUBLIC")],
      metadata: .init(database: database, name: "TOLD"), externalVolumes: ["VOL"])
    var lines: [String] = []
    for line in setup.script.split(separator: "\n") {
      guard let found = line.wholeMatch(of: #/GRANT (.+) ON (DATABASE|SCHEMA) (.+) TO ROLE "MOVER";/#) else { continue }
      let name = found.output.3.replacing("\"", with: "")
      lines += found.output.1.split(separator: ", ").map { "\($0)|\(found.output.2)|\(name)" }
    }
    let place = (database: database, schema: "TOLD")
    try await grants(world, ["MOVER": lines])
    let whole = findings(world, kind: .iceberg, metadata: place).filter {
      $0.subject.hasPrefix("schema") || $0.subject.hasPrefix("metadata")
    }
    #expect(whole.map(\.outcome) == [.ok, .ok], "\(whole)")
    // Each line is needed: without it something is missing.
    for index in lines.indices {
      var fewer = lines
      let gone = fewer.remove(at: index)
      try await grants(world, ["MOVER": fewer])
      let found = findings(world, kind: .iceberg, metadata: place)
      #expect(found.contains { $0.outcome != .ok && $0.detail.contains("lacks") }, "\(gone): \(found)")
    }
  }
}
