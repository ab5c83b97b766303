import Catalogs
import Engine
import Foundation
import Plans
import Testing
import Workflows

@Suite struct ConnectionOpenerTests {
  private struct NoReferences: ReferenceResolver {
    struct Unknown: Error {}
    func value(of reference: Reference) throws -> String { throw Unknown() }
  }

  private func opener(source: SourcePlatform = .sqlite, target: TargetPlatform = .sqlite, path: String?)
    -> ConnectionOpener
  {
    let values: [SettingKey: Setting] = path.map { [.path: .text($0)] } ?? [:]
    return ConnectionOpener(
      configuration: Configuration(
        sources: [
          SourceConnection(
            name: "from", platform: source, settings: Settings(section: "connections.source.from", values))
        ],
        targets: [
          TargetConnection(
            name: "to", platform: target, settings: Settings(section: "connections.target.to", values))
        ]), resolver: NoReferences())
  }

  @Test func aFileHasOneNameWhateverTheDirectory() throws {
    let opener = opener(path: "some/../shop.db")
    let endpoint = try opener.endpoint(opener.configuration.sources[0])
    #expect(endpoint.server == FileManager.default.currentDirectoryPath + "/shop.db")
    #expect(endpoint.platform == "sqlite")
    #expect(try opener.endpoint(opener.configuration.targets[0]).connection == "to")
  }

  @Test func aMissingPathIsNamed() throws {
    let opener = opener(path: nil)
    #expect { try opener.endpoint(opener.configuration.sources[0]) } throws: { error in
      let error = error as? EngineError
      return error?.code == .settingMissing && error?.place == "connections.source.from"
    }
  }

  @Test func aPlanForAnotherFileIsRefused() throws {
    let opener = opener(path: "/data/shop.db")
    let planned = Endpoint(connection: "to", platform: "sqlite", server: "/data/other.db")
    #expect { try opener.target(planned) } throws: { error in
      let error = error as? EngineError
      return error?.code == .connectionMismatch && error?.message.contains("/data/other.db") == true
    }
  }

  @Test func aSQLServerIsNamedByKeysOrByItsConnectionString() throws {
    func server(_ values: [SettingKey: Setting]) throws -> String {
      let settings = Settings(section: "connections.source.from", values)
      let opener = ConnectionOpener(
        configuration: Configuration(
          sources: [SourceConnection(name: "from", platform: .sqlserver, settings: settings)], targets: []),
        resolver: NoReferences())
      return try opener.endpoint(opener.configuration.sources[0]).server
    }
    #expect(try server([.host: .text("DB.internal"), .database: .text("Sales")]) == "db.internal:1433/Sales")
    func raw(_ text: String) -> [SettingKey: Setting] { [.odbcConnectionString: .secret(Secret(text))] }
    #expect(
      try server(raw("Driver={X};SERVER=tcp:Db.internal,14330;Database={Sa;les};PWD=hidden"))
        == "db.internal:14330/Sa;les")
    #expect(try server(raw("DSN=Sales;UID=me;Database=d")) == "sales:1433/d")
    #expect(
      try server(raw("Server=a;Port=1500;Database=d").merging([.host: .text("b")]) { _, new in new }) == "b:1500/d")
    #expect { try server(raw("Driver=X;Server=a;PWD=hidden")) } throws: { error in
      let error = error as? EngineError
      return error?.code == .settingMissing && error?.message.contains("database is missing") == true
        && error?.message.contains("hidden") == false
    }
  }

  @Test func aPostgreSQLServerIsHostPortAndDatabase() throws {
    func opener(_ values: [SettingKey: Setting]) -> ConnectionOpener {
      let settings = Settings(section: "connections.source.from", values)
      return ConnectionOpener(
        configuration: Configuration(
          sources: [SourceConnection(name: "from", platform: .postgresql, settings: settings)], targets: []),
        resolver: NoReferences())
    }
    let values: [SettingKey: Setting] = [
      .host: .text("DB.Internal"), .database: .text("Shop"), .username: .text("u"),
      .password: .secret(Secret("hunter2")),
    ]
    let whole = opener(values)
    let endpoint = try whole.endpoint(whole.configuration.sources[0])
    #expect(endpoint == Endpoint(connection: "from", platform: "postgresql", server: "db.internal:5432/Shop"))
    let lacking = opener(values.filter { $0.key != .host })
    #expect { try lacking.endpoint(lacking.configuration.sources[0]) } throws: { error in
      let error = error as? EngineError
      return error?.code == .settingMissing && error?.message.contains("host is missing") == true
        && !"\(String(describing: error))".contains("hunter2")
    }
  }

  @Test func aRedshiftServerIsItsHostOrWhatAWSKnowsItBy() throws {
    func server(_ values: [SettingKey: Setting]) throws -> String {
      let settings = Settings(section: "connections.source.from", values)
      let opener = ConnectionOpener(
        configuration: Configuration(
          sources: [SourceConnection(name: "from", platform: .redshift, settings: settings)], targets: []),
        resolver: NoReferences())
      return try opener.endpoint(opener.configuration.sources[0]).server
    }
    let database: [SettingKey: Setting] = [.database: .text("Sales"), .password: .secret(Secret("hunter2"))]
    func with(_ values: [SettingKey: Setting]) -> [SettingKey: Setting] { database.merging(values) { $1 } }
    #expect(try server(with([.host: .text("C.Redshift.AWS")])) == "c.redshift.aws:5439/Sales")
    let cluster: [SettingKey: Setting] = [
      .authMethod: .text("iam-provisioned-cluster"), .clusterID: .text("Mig"), .region: .text("eu-central-1"),
    ]
    #expect(try server(with(cluster)) == "mig@eu-central-1/Sales")
    let workgroup: [SettingKey: Setting] = [
      .authMethod: .text("iam-serverless"), .workgroup: .text("wg"), .region: .text("eu-central-1"),
    ]
    #expect(try server(with(workgroup)) == "wg@eu-central-1/Sales")
    #expect { try server(database) } throws: { error in
      (error as? EngineError)?.code == .settingMissing && "\(error)".contains("host is missing")
        && !"\(error)".contains("hunter2")
    }
  }

  @Test(arguments: [
    [SettingKey.driver: Setting.text("No Such Driver")],
    [.odbcConnectionString: .secret(Secret("Driver=No Such Driver;Token=hunter3"))],
    [.driver: .text("No Such Driver"), .odbcConnectionString: .secret(Secret("Token=hunter3"))],
  ])
  func redshiftGoesThroughTheDriverThatIsNamed(values: [SettingKey: Setting]) throws {
    let settings = Settings(
      section: "connections.source.from",
      values.merging([
        .host: .text("127.0.0.1"), .port: .number(1), .username: .text("me"), .password: .secret(Secret("hunter2")),
        .database: .text("Sales"),
      ]) { $1 })
    let opener = ConnectionOpener(
      configuration: Configuration(
        sources: [SourceConnection(name: "from", platform: .redshift, settings: settings)], targets: []),
      resolver: NoReferences())
    #expect { try opener.source(try opener.endpoint(opener.configuration.sources[0])) } throws: { error in
      "\(error)".contains("is not installed") && "\(error)".contains("odbc-postgresql")
        && !"\(error)".contains("hunter")
    }
  }

  @Test func aSnowflakeConnectionThatNobodyHasIsNamed() throws {
    let opener = opener(target: .snowflake, path: nil)
    let endpoint = try opener.endpoint(opener.configuration.targets[0])
    #expect(endpoint == Endpoint(connection: "to", platform: "snowflake", server: "to"))
    #expect(opener.dialect(of: .snowflake).platform == .snowflake)
    #expect { try opener.target(endpoint) } throws: { error in
      (error as? EngineError)?.code == .settingMissing && "\(error)".contains("--target-ddl")
    }
  }
}
