import Testing
import Workflows

@Suite struct SettingsTests {
  private func resolve(_ key: SettingKey, _ value: String?) throws -> ResolvedSettings {
    let settings = Settings(section: "connections.source.x", [key: .reference(.environment("X"))])
    return try settings.resolved(by: TableResolver(values: value.map { [.environment("X"): $0] } ?? [:]))
  }

  @Test func looksReferencesUp() throws {
    #expect(try resolve(.host, "db.local").text(.host) == "db.local")
    #expect(try resolve(.password, "a b").secret(.password) == Secret("a b"))
    #expect(try resolve(.port, "5432").number(.port) == 5432)
    #expect(try resolve(.trustServerCertificate, "true").flag(.trustServerCertificate) == true)
    #expect(try resolve(.encrypt, "True").text(.encrypt) == "yes")
    #expect(try resolve(.sslmode, "REQUIRE").text(.sslmode) == "require")
  }

  @Test(arguments: [
    (SettingKey.port, "99999", "is no whole number from 1 to 65535"),
    (.port, "x", "is no whole number from 1 to 65535"),
    (.trustServerCertificate, "yes", "is neither true nor false"), (.password, "", "is empty"), (.host, "", "is empty"),
    (.applicationIntent, "hunter2", "is not one of ReadOnly, ReadWrite"),
  ])
  func refusesValuesTheKeyDoesNotTake(_ key: SettingKey, _ value: String, _ message: String) {
    let error = #expect(throws: ConfigurationError.self) { try resolve(key, value) }
    #expect(error?.code == .wrongValue)
    #expect(error?.message == "connections.source.x.\(key.rawValue) comes from env:X and \(message)")
  }

  @Test func tellsWhatIsNotToBeHad() {
    let error = #expect(throws: ConfigurationError.self) { try resolve(.host, nil) }
    #expect(error?.code == .unresolved)
    #expect(error?.message == "connections.source.x.host comes from env:X, which gives nothing: nothing there")
  }

  @Test func remembersWhereAValueCameFrom() {
    let settings = Settings(section: "s", [.password: .reference(.file("p")), .host: .text("h")])
    #expect(settings.reference(.password) == .file("p"))
    #expect(settings.reference(.host) == nil)
    #expect(settings.literal(.host) == "h")
    #expect(settings.literal(.password) == nil)
  }

  @Test func checksTheHeartbeatOfReferences() {
    var configuration = Configuration()
    configuration.application[.leaseSeconds] = .reference(.environment("LEASE"))
    let error = #expect(throws: ConfigurationError.self) {
      try configuration.applicationSettings(by: TableResolver(values: [.environment("LEASE"): "9"]))
    }
    #expect(error?.code == .wrongValue)
  }
}
