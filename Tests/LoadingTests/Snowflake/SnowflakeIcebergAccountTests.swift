import Catalogs
import Foundation
import Loading
import Plans
import Support
import Testing
import Workflows

/// What an account says to the preconditions of Iceberg tables.
@Suite struct SnowflakeIcebergAccountTests {
  private func checks(
    _ world: SnowflakeWorld, _ configuration: IcebergConfiguration, table: String = "ICE", exists: Bool = false
  ) throws -> [IcebergCheck] {
    let name = ObjectName(database: String(world.database), schema: "PUBLIC", table: table)
    return try world.session().answer(SnowflakeDialect().icebergChecks(name, configuration, exists: exists))
  }

  @Test func aVolumeIsThereAndTakesWrites() async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["volumes": ["VOL": ["allow_writes": true], "SHUT": ["allow_writes": false]]])
    #expect(try checks(world, IcebergConfiguration(externalVolume: "vol")).map(\.verdict) == [.holds])
    let shut = try #require(try checks(world, IcebergConfiguration(externalVolume: "shut")).first)
    #expect(shut.verdict == .fails && shut.said == "ALLOW_WRITES is false")
    #expect(shut.remedy == "ALTER EXTERNAL VOLUME SHUT SET ALLOW_WRITES = TRUE;")
    let gone = try #require(try checks(world, IcebergConfiguration(externalVolume: "gone")).first)
    #expect(gone.verdict == .fails && gone.said?.hasSuffix("does not exist or not authorized., 002003") == true)
    #expect(gone.remedy.contains(#"GRANT USAGE ON EXTERNAL VOLUME "GONE" TO ROLE <role>;"#))
    #expect(try checks(world, IcebergConfiguration(externalVolume: "snowflake_managed")).isEmpty)
    // A link reads: nobody asks whether it may write.
    let link = IcebergConfiguration(catalog: "glue", externalVolume: "shut")
    #expect(try checks(world, link).first?.verdict == .holds)
  }

  @Test func anIntegrationIsThereAndEnabled() async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["integrations": ["GLUE": ["enabled": true], "OFF": ["enabled": false]]])
    #expect(try checks(world, IcebergConfiguration(catalog: "glue")).map(\.verdict) == [.holds, .holds])
    let off = try #require(try checks(world, IcebergConfiguration(catalog: "off")).first)
    #expect(off.verdict == .fails && off.remedy == "ALTER CATALOG INTEGRATION OFF SET ENABLED = TRUE;")
    let gone = try #require(try checks(world, IcebergConfiguration(catalogSync: "gone")).first)
    #expect(gone.verdict == .fails && gone.remedy.contains(#"GRANT USAGE ON INTEGRATION "GONE" TO ROLE <role>;"#))
  }

  @Test func aSourceStageIsThereAndHoldsParquetFiles() async throws {
    let world = try await SnowflakeWorld()
    let stage = "\(world.database).PUBLIC.FILES"
    let configuration = IcebergConfiguration(sourceDataStage: "@\(stage)/orders/")
    #expect(try checks(world, configuration).map(\.verdict) == [.fails, .fails, .holds])
    _ = try world.rows("CREATE STAGE \(stage)")
    var found = try checks(world, configuration)
    #expect(found.map(\.verdict) == [.holds, .fails, .holds])
    #expect(found[1].said == "there is none" && found[1].remedy.contains("names end in .parquet"))
    let file = world.files.stage + "/a.parquet"
    try FileManager.default.createDirectory(atPath: world.files.stage, withIntermediateDirectories: true)
    try Data("PAR1".utf8).write(to: URL(fileURLWithPath: file))
    try world.client().upload([(file, "a.parquet")], to: "@\(stage)/orders/", tag: "test")
    found = try checks(world, configuration)
    #expect(found.map(\.verdict) == [.holds, .holds, .holds], "\(found)")
  }

  /// The stage of a table or a user is none that files are registered from.
  @Test(arguments: ["@~/orders", "@%T/orders", "@DB.S.%T"]) func aStageWithoutANameIsRefused(stage: String) throws {
    let outline = try #require(
      SnowflakeDialect().iceberg(
        ObjectName(table: "ICE"), IcebergConfiguration(sourceDataStage: stage), columns: [], metadataColumns: false,
        exists: false))
    #expect(outline.refusals.count == 1 && outline.refusals[0].contains("named stage"))
  }

  @Test func theNameOfTheTableIsFreeOrOfTheRightKind() async throws {
    let world = try await SnowflakeWorld()
    let place = "\(world.database).PUBLIC"
    try await world.become(["integrations": ["GLUE": [:]]])
    let link = IcebergConfiguration(catalog: "glue")
    // What differs in case, or fits the pattern alone, is another table.
    _ = try world.rows("CREATE TABLE \(place).\"ice\" (A INT)")
    _ = try world.rows("CREATE TABLE \(place).ICEXVIEW (A INT)")
    #expect(try checks(world, link, table: "ICE_VIEW").last?.verdict == .holds)
    #expect(try checks(world, link).last?.verdict == .holds)
    _ = try world.rows("CREATE VIEW \(place).ICE_VIEW AS SELECT 1 AS A")
    let taken = try #require(try checks(world, link, table: "ICE_VIEW").last)
    #expect(taken.verdict == .fails && taken.said == "a view has it" && taken.remedy.contains("another target name"))

    let convert = IcebergConfiguration(catalog: "glue", migrationStrategy: .convertToManaged)
    #expect(try checks(world, convert).last?.verdict == .fails)
    _ = try world.rows("CREATE ICEBERG TABLE \(place).LINKED (A INT) CATALOG = 'glue'")
    #expect(try checks(world, convert, table: "LINKED").last?.verdict == .holds)
    _ = try world.rows("CREATE ICEBERG TABLE \(place).OWN (A INT)")
    let managed = try #require(try checks(world, convert, table: "OWN").last)
    #expect(managed.verdict == .fails && managed.said == "it is managed")

    let normal = IcebergConfiguration()
    #expect(try checks(world, normal, table: "OWN", exists: true).map(\.verdict) == [.holds])
    _ = try world.rows("CREATE TABLE \(place).PLAIN (A INT)")
    #expect(try checks(world, normal, table: "PLAIN", exists: true).map(\.verdict) == [.fails])
    #expect(try checks(world, normal, table: "PLAIN").isEmpty)
  }

  /// An answer that lacks what it is asked for refuses nothing.
  @Test func whatTheAnswerDoesNotTellIsUnknown() async throws {
    let world = try await SnowflakeWorld()
    _ = try world.rows("CREATE STAGE \(world.database).PUBLIC.FILES")
    let check = IcebergCheck(
      "it is on", "DESCRIBE STAGE \(world.database).PUBLIC.FILES", .isEnabled, remedy: "turn it on")
    let answered = try #require(try world.session().answer([check]).first)
    #expect(answered.verdict == .unknown && answered.said == "the account does not show ENABLED")
  }

  /// A connection that breaks is no answer.
  @Test func aLostConnectionIsAnError() async throws {
    let world = try await SnowflakeWorld()
    let fault = try await world.bench.setFault([
      "act": "session_gone", "kind": "query", "text": "DESCRIBE EXTERNAL", "user": .text(world.user),
    ])
    #expect(loadingError { _ = try checks(world, IcebergConfiguration(externalVolume: "v")) }?.code == .connectionLost)
    try await world.bench.waitForFault(fault)
  }

  // MARK: In check

  private func findings(_ world: SnowflakeWorld, _ configuration: IcebergConfiguration) -> [CheckFinding] {
    let table = TargetCheck.Table(
      ObjectName(database: String(world.database), schema: "PUBLIC", table: "ICE"),
      TableConfiguration(
        source: ObjectReference(tableName: "ice"),
        target: TargetReference(tableName: "ICE", tableType: .iceberg, icebergConfig: configuration)))
    var found: [CheckFinding] = []
    world.patientSession().check(TargetCheck(tables: [table])) { found.append($0) }
    return found.filter { $0.subject.hasPrefix("Iceberg") || $0.subject.hasPrefix("external") }
  }

  @Test func checkTriesTheVolumesStorage() async throws {
    let world = try await SnowflakeWorld()
    let managed = IcebergConfiguration(externalVolume: "vol")
    try await world.become(["volumes": ["VOL": [:]]])
    #expect(findings(world, managed).map(\.outcome) == [.ok, .ok])
    try await world.become(["volumes": ["VOL": ["broken": "writeResult"]]])
    let broken = try #require(findings(world, managed).last)
    #expect(broken.outcome == .failed && broken.detail.contains("writeResult failed"), "\(broken)")
    #expect(broken.remedy?.contains("SYSTEM$VERIFY_EXTERNAL_VOLUME('VOL')") == true)
    try await world.become([:])
    let gone = findings(world, managed)
    #expect(gone.map(\.outcome) == [.failed, .warning], "\(gone)")
    #expect(gone.first?.remedy?.contains(#"ON EXTERNAL VOLUME "VOL" TO ROLE ACCOUNTADMIN;"#) == true, "\(gone)")
  }

  @Test func checkDoesNotKnowWhoMadeATable() async throws {
    let world = try await SnowflakeWorld()
    try await world.become(["integrations": ["GLUE": [:]]])
    _ = try world.rows("CREATE TABLE \(world.database).PUBLIC.ICE (A INT)")
    let found = findings(world, IcebergConfiguration(catalog: "glue"))
    #expect(found.map(\.outcome) == [.warning] && found[0].detail.contains("unless a run made it"), "\(found)")
  }
}
