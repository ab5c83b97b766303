import Extraction
import Foundation
import Glibc
import Postgres
import Support
import Testing

/// Sessions whose way to the server freezes, over libpq and through the driver.
@Suite(.blocking, .timeLimit(.minutes(10))) struct PostgreSQLFrozenTests {
  private func settings(_ sample: PostgreSQLSample, _ proxy: CuttingProxy) -> PostgresSettings {
    var settings = sample.settings
    settings.port = proxy.port
    settings.sslMode = "disable"
    settings.connectTimeout = 120
    settings.silence = 1
    return settings
  }

  @Test func aPartWhoseRowsStopIsTriedAgain() throws {
    let sample = try PostgreSQLSample(
      "CREATE TABLE t AS SELECT i, repeat('x', 100) AS v FROM generate_series(1, 20000) AS i")
    let table = try sample.table("t")
    let proxy = try CuttingProxy(to: sample.database.server.port)
    proxy.arm { $0 == 0 ? CuttingProxy.Fault(.after(300_000, from: .server), .freeze) : nil }
    let session = try PostgreSQLSourceSession(settings(sample, proxy))
    let error = try extractionError { _ = try session.extract(sample.request(table)) { _ in } }
    #expect(
      error.code == .connectionLost && error.isTransient && error.message.contains("nothing comes through"), "\(error)")
    #expect(!FileManager.default.fileExists(atPath: sample.stage + "/run/part"), "nothing stays staged")
  }

  @Test func aSignInThatFreezesEndsThroughTheDriverToo() throws {
    let sample = try PostgreSQLSample()
    let proxy = try CuttingProxy(to: sample.database.server.port)
    proxy.arm { _ in CuttingProxy.Fault(.after(0, from: .server), .freeze) }
    var settings = settings(sample, proxy)
    settings.connectTimeout = 2
    let error = try extractionError { [settings] in
      _ = try PostgreSQLSourceSession(settings, driver: PostgreSQLSample.driver)
    }
    #expect(error.code == .cannotOpen && error.isTransient, "\(error)")
  }

  /// What breaks off while TLS is agreed on is no refusal of TLS: it is tried again.
  @Test func aHandshakeThatBreaksOffIsTriedAgain() throws {
    let sample = try PostgreSQLSample()
    let proxy = try CuttingProxy(to: sample.database.server.port)
    var settings = settings(sample, proxy)
    settings.sslMode = "require"
    for act in [CuttingProxy.Act.close, .reset] {
      // The first byte says that there will be TLS, the next ones are the server's hello.
      for bytes in [1, 2, 100, 900] {
        proxy.arm { _ in CuttingProxy.Fault(.after(bytes, from: .server), act) }
        for isDriver in [false, true] {
          let error = try extractionError { [settings] in
            _ =
              isDriver
              ? try PostgreSQLSourceSession(settings, driver: PostgreSQLSample.driver)
              : try PostgreSQLSourceSession(settings)
          }
          #expect(error.code == .cannotOpen && error.isTransient, "\(act) after \(bytes), driver \(isDriver): \(error)")
        }
        #expect(proxy.harmed.count == 2, "\(act) after \(bytes)")
      }
    }
  }

  /// A machine that is gone is TCP's to notice: both ways ask it to.
  @Test func bothWaysHaveTCPLookForSignsOfLife() throws {
    let sample = try PostgreSQLSample()
    let proxy = try CuttingProxy(to: sample.database.server.port)
    for isDriver in [false, true] {
      let session =
        isDriver
        ? try PostgreSQLSourceSession(settings(sample, proxy), driver: PostgreSQLSample.driver)
        : try PostgreSQLSourceSession(settings(sample, proxy))
      let sockets = Self.sockets(to: proxy.port)
      #expect(sockets.count == 1, "driver \(isDriver)")
      for socket in sockets {
        #expect(Self.option(socket, SOL_SOCKET, SO_KEEPALIVE) == 1, "driver \(isDriver)")
        #expect(Self.option(socket, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 30, "driver \(isDriver)")
        #expect(Self.option(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT) == 90_000, "driver \(isDriver)")
      }
      withExtendedLifetime(session) {}
    }
  }

  /// The open sockets of this process that lead to a port.
  private static func sockets(to port: Int) -> [Int32] {
    (0..<4096).filter { socket in
      var address = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isPeer = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &size) == 0 }
      }
      return isPeer && address.sin_family == sa_family_t(AF_INET) && Int(UInt16(bigEndian: address.sin_port)) == port
    }
  }

  private static func option(_ socket: Int32, _ level: Int32, _ name: Int32) -> Int32 {
    var value: Int32 = -1
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket, level, name, &value, &size)
    return value
  }
}
