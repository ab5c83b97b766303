import Foundation
import Testing
import Workflows

@Suite struct SecretTests {
  private let secret = Secret("hunter2")

  @Test func showsItselfToNobody() throws {
    var dumped = ""
    dump(secret, to: &dumped)
    dump(["a": [secret]], to: &dumped)
    let encoded = String(decoding: try JSONEncoder().encode(["a": secret]), as: UTF8.self)
    let shown = ["\(secret)", String(reflecting: secret), "\([secret])", "\(Optional(secret) as Any)", dumped, encoded]
    for text in shown {
      #expect(!text.contains("hunter"), "\(text)")
      #expect(text.contains(Secret.mask))
    }
    #expect(Mirror(reflecting: secret).children.isEmpty)
    #expect(secret.revealed == "hunter2")
  }

  @Test func hidesInAConfiguration() throws {
    let configuration = try #require(
      readConfiguration(
        """
        [connections.source.sqlserver]
        host = "h"
        username = "u"
        database = "d"
        password = "hunter2"
        [state]
        url = "postgresql://u:hunter2@h/d"
        """
      ).configuration)
    var dumped = "\(configuration)"
    dump(configuration, to: &dumped)
    let resolved = try configuration.sources[0].settings.resolved(by: TableResolver(values: [:]))
    dump(resolved, to: &dumped)
    dump(try configuration.stateLocation(by: TableResolver(values: [:])), to: &dumped)
    #expect(!dumped.contains("hunter"))
  }
}
