/// What the server was asked, as it wrote it down: no passwords.
package struct TDSRequest: Decodable, Sendable {
  /// `login`, `batch`, `call` or `transaction`.
  package var kind: String
  package var user: String
  package var database: String
  /// The SQL text; of a login, the database that it wants.
  package var text: String
  /// Of a login: the name that the application gives itself, and whether it means to read only.
  package var application: String?
  package var readOnly: Bool?
  package var encrypted: Bool?
}

/// A database on a ``TDSServer``, and a user whose faults are its own.
package struct TDSDatabase: Sendable {
  package let server: TDSServer
  /// The database's name, and the user's.
  package let name: String
  package let password: String
}

extension TDSServer {
  private struct Nothing: Decodable {}
  private struct Fired: Decodable { var fired: Bool }
  private struct Rows: Decodable { var rows: [[String?]] }

  /// A fresh database with a user of its own.
  package func database() async throws -> TDSDatabase {
    let name = "t\(UInt64.random(in: 0...UInt64.max))"
    let _: Nothing = try await control("POST", "users", ["name": .text(name), "password": "secret"])
    try await script("CREATE DATABASE \(name)", database: "master")
    return TDSDatabase(server: self, name: name, password: "secret")
  }

  /// Runs a script with its GO lines, past the wire; the rows of its last result as the server holds them.
  @discardableResult
  package func script(_ sql: String, database: String) async throws -> [[String?]] {
    let answer: Rows = try await control("POST", "script", ["sql": .text(sql), "database": .text(database)])
    return answer.rows
  }

  /// Waits until a fault has fired.
  ///
  /// - Throws: ``TimedOut`` when it has not within five minutes.
  package func waitForFault(_ id: String, count: Int = 1) async throws {
    let answer: Fired = try await control("GET", "wait?id=\(id)&count=\(count)&seconds=300")
    guard answer.fired else { throw TimedOut(what: "fault \(id) to fire") }
  }

  /// How often a fault fired.
  package func fired(_ id: String) async throws -> Int {
    let faults: [BenchFault] = try await control("GET", "fired")
    return faults.first { $0.id == id }?.fired ?? 0
  }

  /// Lets go of what a fault holds.
  package func release(_ id: String) async throws {
    let _: Nothing = try await control("POST", "release", ["id": .text(id)])
  }
}

extension TDSDatabase {
  private struct Nothing: Decodable {}
  private struct Identifiers: Decodable { var ids: [String] }

  /// Runs a script in the database, past the wire.
  @discardableResult
  package func script(_ sql: String) async throws -> [[String?]] { try await server.script(sql, database: name) }

  /// Sets a fault for the user: `act`, `kind`, `text`, `nth`, `times` and what the act takes; see faults.py.
  ///
  /// - Returns: its name for ``TDSServer/waitForFault(_:count:)`` and ``TDSServer/release(_:)``.
  package func setFault(_ fault: [String: BenchValue]) async throws -> String {
    let mine = fault.merging(["user": .text(name)]) { _, mine in mine }
    let answer: Identifiers = try await server.control("POST", "faults", mine)
    return answer.ids[0]
  }

  /// Takes away the user's faults.
  package func clearFaults() async throws {
    let _: Nothing = try await server.control("DELETE", "faults?user=\(name)")
  }

  /// Settings of the database, by their names in sys.databases; with `table`, flags of it by theirs in sys.tables.
  package func set(_ settings: [String: BenchValue]) async throws {
    let mine = settings.merging(["database": .text(name)]) { _, mine in mine }
    let _: Nothing = try await server.control("POST", "settings", mine)
  }

  /// What the user asked, in order.
  package func requests(_ kind: String) async throws -> [TDSRequest] {
    try await server.control("GET", "log?kind=\(kind)&user=\(name)")
  }
}
