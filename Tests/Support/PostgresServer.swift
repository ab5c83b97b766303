import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of this test process, from the packages of the machine, in a folder and on a port of its own.
///
/// It ends with the test process, whatever ends that: the shell around it waits for the end of a pipe, by which it is also
/// told to start the server again. Every test takes a
/// database of its own. Logins: ``user`` may do everything and needs no password, over TLS or not; `needs_password` has
/// the password `right`; `needs_tls` is refused without TLS.
package final class PostgresServer: Sendable {
  /// An address, as the certificate names it.
  package let host = "127.0.0.1"
  package let port: Int
  package let user = "scmplan"
  /// The server's certificate, which is its own authority.
  package let certificate: String
  private let counter = Mutex(0)
  private let folder: String
  // The server lives as long as this end of its pipe is open.
  private let life: Pipe

  private static let started = Mutex<Result<PostgresServer, any Error>?>(nil)

  /// The server of this process; started by the first who asks.
  package static func shared() throws -> PostgresServer {
    try started.withLock { started in
      let result = started ?? Result { try PostgresServer() }
      started = result
      return try result.get()
    }
  }

  /// A server that no other test uses, for one that stops it.
  package static func own() throws -> PostgresServer { try PostgresServer() }

  /// How a server is stopped: the signals of https://www.postgresql.org/docs/current/server-shutdown.html
  package enum Shutdown: String, Sendable {
    /// Ends its sessions, and then in order.
    case fast = "INT"
    /// Ends as in a crash.
    case immediate = "QUIT"
  }

  /// Stops the server and starts it again; returns before it has.
  package func restart(_ how: Shutdown) {
    life.fileHandleForWriting.write(Data("\(how.rawValue)\n".utf8))
  }

  /// A new, empty database; `options` as `CREATE DATABASE` has them.
  package func database(_ options: String = "") throws -> PostgresDatabase {
    let name = counter.withLock { counter in
      counter += 1
      return "test_\(counter)"
    }
    try PostgresDatabase(server: self, name: "postgres").run("CREATE DATABASE \(name) \(options)")
    return PostgresDatabase(server: self, name: name)
  }

  // MARK: Starting

  private init() throws {
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    folder = "\(base)/scmplan-postgresql-\(UUID().uuidString.lowercased())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let key = folder + "/server.key"
    certificate = folder + "/server.crt"
    _ = try OpenSSL.run([
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
      "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
    ])
    guard chmod(key, 0o600) == 0, chmod(folder, 0o755) == 0 else {
      throw Program.Failure(description: "\(folder) cannot be prepared")
    }
    if getuid() == 0 {
      for path in [folder, key] where chown(path, Self.nobody.uid, Self.nobody.gid) != 0 {
        throw Program.Failure(description: "\(path) cannot be given to another user")
      }
    }
    let data = folder + "/data"
    let tools = try Self.tools()
    _ = try Command.run(
      "/usr/bin/env",
      Self.unprivileged + [
        tools + "/initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
      ], input: Data())
    try """
    local all all trust
    hostnossl all needs_tls all reject
    host all needs_password all scram-sha-256
    host all all all trust
    """.write(toFile: data + "/pg_hba.conf", atomically: false, encoding: .utf8)
    life = Pipe()
    port = try Self.freePort()
    let settings = [
      "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=100",
      "shared_buffers=64MB", "ssl=on", "ssl_cert_file=\(certificate)", "ssl_key_file=\(key)",
      "unix_socket_directories=\(folder)", "listen_addresses=\(host)", "log_min_messages=log",
    ]
    try start(tools + "/postgres", ["-D", data, "-p", "\(port)"] + settings.flatMap { ["-c", $0] })
    try PostgresDatabase(server: self, name: "postgres").run(
      "CREATE ROLE needs_password LOGIN PASSWORD 'right'; CREATE ROLE needs_tls LOGIN")
  }

  private func start(_ program: String, _ arguments: [String]) throws {
    let script = #"""
      folder=$1; shift
      "$@" </dev/null &
      server=$!
      while read -r signal; do
        kill -$signal $server
        wait $server
        "$@" </dev/null &
        server=$!
      done
      kill -INT $server
      wait $server
      rm -rf "$folder"
      """#
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script, "bash", folder, "/usr/bin/env"] + Self.unprivileged + [program] + arguments
    let said = Pipe()
    process.standardInput = life
    process.standardOutput = FileHandle.nullDevice
    process.standardError = said
    try process.run()
    // Only this process may hold the end that is written to, or the server would outlive it.
    try life.fileHandleForReading.close()
    var words = Data()
    let ready = Data("ready to accept connections".utf8)
    while words.range(of: ready) == nil {
      let piece = said.fileHandleForReading.availableData
      guard !piece.isEmpty else {
        throw Program.Failure(description: "PostgreSQL did not start: \(String(decoding: words, as: UTF8.self))")
      }
      words.append(piece)
    }
    // What it says from now on must not fill the pipe.
    said.fileHandleForReading.readabilityHandler = { handle in
      if handle.availableData.isEmpty { handle.readabilityHandler = nil }
    }
  }

  /// PostgreSQL refuses to run as root: then it runs as the user that every system has for having no rights.
  private static let nobody: (uid: uid_t, gid: gid_t) =
    getpwnam("nobody").map { ($0.pointee.pw_uid, $0.pointee.pw_gid) } ?? (65534, 65534)
  private static var unprivileged: [String] {
    getuid() == 0 ? ["setpriv", "--reuid=\(nobody.uid)", "--regid=\(nobody.gid)", "--clear-groups"] : []
  }

  /// The folder of `initdb` and `postgres`, the newest where there are several.
  private static func tools() throws -> String {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let folders = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(root)/\($0)/bin" }
    guard let found = folders.first(where: { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }) else {
      throw Program.Failure(description: "\(root) has no server: make test installs it")
    }
    return found
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isBound else { throw Program.Failure(description: "no port is free") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// One database of the server.
package struct PostgresDatabase: Sendable {
  package let server: PostgresServer
  package let name: String

  /// Runs statements through `psql`, all in one transaction unless they cannot be; what it prints, unaligned, a line a row.
  @discardableResult
  package func run(_ sql: String) throws -> String {
    let output = try Command.run(
      "/usr/bin/env",
      [
        "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", "\(server.port)", "-U",
        server.user, "-d", name, "-f", "-",
      ], input: Data(sql.utf8))
    return String(decoding: output, as: UTF8.self)
  }
}
