import Catalogs
import Testing
import Workflows

@Suite struct ConnectionsTests {
  private func source(_ name: String, _ platform: SourcePlatform) -> SourceConnection {
    SourceConnection(name: name, platform: platform, settings: Settings(section: "connections.source.\(name)"))
  }

  private func target(_ name: String, connection: String) -> TargetConnection {
    TargetConnection(
      name: name, platform: .snowflake,
      settings: Settings(section: "connections.target.\(name)", [.connectionName: .text(connection)]))
  }

  @Test func choosesTheSource() throws {
    let one = Configuration(sources: [source("a", .sqlite)])
    #expect(try one.source().name == "a")
    let many = Configuration(sources: [source("r", .redshift), source("s", .sqlserver), source("s2", .sqlserver)])
    #expect(try many.source(platform: .redshift).name == "r")
    #expect(try many.source(named: "s2").name == "s2")
    #expect(try many.source(named: "s2", platform: .sqlserver).name == "s2")
  }

  @Test func choosesTheTarget() throws {
    let many = Configuration(targets: [target("main", connection: "acme"), target("test", connection: "sandbox")])
    #expect(try many.target(named: "test").name == "test")
    #expect(try many.target(named: "acme").name == "main")
    #expect(try Configuration(targets: [target("main", connection: "x")]).target().name == "main")
  }

  @Test func saysWhyThereIsNone() {
    let many = Configuration(
      sources: [source("r", .redshift), source("sales", .sqlserver), source("s2", .sqlserver)],
      targets: [target("main", connection: "acme"), target("test", connection: "sandbox")])
    func error(_ body: () throws -> Void) -> ConfigurationError? {
      do { try body() } catch { return error as? ConfigurationError }
      return nil
    }
    let none = error { _ = try Configuration().source() }
    #expect(none?.code == .noConnection)
    #expect(none?.message == "no source is configured; add a [connections.source.NAME] section")
    let several = error { _ = try many.source(platform: .sqlserver) }
    #expect(several?.code == .ambiguous)
    #expect(several?.message == "several sources are configured (sales, s2); choose one with --source-platform")
    let unknown = error { _ = try many.source(named: "saels") }
    #expect(unknown?.message == "no source is called saels; did you mean sales? (there is r, sales, s2)")
    #expect(error { _ = try many.target() }?.message.hasSuffix("choose one with --connection-name") == true)
    #expect(error { _ = try many.target(named: "x") }?.code == .noConnection)
  }

  @Test func appliesTheEnvironmentOfSnowConvert() {
    let environment = [
      "CUSTOM_SNOWFLAKE_DATABASE_FOR_METADATA": "META", "CUSTOM_SNOWFLAKE_SCHEMA_FOR_DATA_MIGRATION_METADATA": "MIG",
      "SNOWFLAKE_CONNECTION_NAME": "acme",
    ]
    let applied = Configuration().applying(environment: environment)
    #expect(applied.application.literal(.metadataDatabase) == "META")
    #expect(applied.application.literal(.metadataSchema) == "MIG")
    #expect(applied.targets.map { $0.settings.literal(.connectionName) } == ["acme"])
    let named = Configuration(targets: [target("main", connection: "x")]).applying(environment: environment)
    #expect(named.targets.map(\.name) == ["main"])
    #expect(Configuration().applying(environment: ["SNOWFLAKE_CONNECTION_NAME": ""]) == Configuration())
  }
}
