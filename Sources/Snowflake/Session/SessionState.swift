/// What a session knows of itself, as the server reported it last.
package struct SessionState: Sendable {
  package private(set) var sessionID: Int64?
  package private(set) var database: String?
  package private(set) var schema: String?
  package private(set) var warehouse: String?
  package private(set) var role: String?
  /// Session parameters by their names in upper case.
  package private(set) var parameters: [String: JSONValue] = [:]
  /// The header `x-snowflake-session`, which keeps a session on one of the server's nodes.
  var stickySession: String?
  var queryContext = QueryContext()
  private var sequence: Int64 = 0

  init(_ answer: LoginAnswer) {
    sessionID = answer.sessionId?.value
    database = answer.sessionInfo?.databaseName
    schema = answer.sessionInfo?.schemaName
    warehouse = answer.sessionInfo?.warehouseName
    role = answer.sessionInfo?.roleName
    adopt(answer.parameters ?? [])
  }

  /// Milliseconds between two heartbeats: what the server says, kept between a quarter of an hour and an hour.
  package var heartbeatInterval: Int {
    guard case .int(let seconds)? = parameters["CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY"] else {
      return 3_600_000
    }
    return Int(min(max(seconds, 900), 3600)) * 1000
  }

  /// The number of the next statement, from 1.
  mutating func nextSequence() -> Int64 {
    sequence += 1
    return sequence
  }

  /// Takes over the names and parameters that an answer ends with.
  mutating func adopt(_ answer: QueryAnswer) {
    database = answer.finalDatabaseName ?? database
    schema = answer.finalSchemaName ?? schema
    warehouse = answer.finalWarehouseName ?? warehouse
    role = answer.finalRoleName ?? role
    adopt(answer.parameters ?? [])
    if let entries = answer.queryContext?.entries { queryContext.merge(entries) }
  }

  private mutating func adopt(_ reported: [ReportedParameter]) {
    for parameter in reported { parameters[parameter.name.uppercased()] = parameter.value ?? .null }
    if case .int(let size)? = parameters["QUERY_CONTEXT_CACHE_SIZE"] { queryContext.capacity = Int(clamping: size) }
  }
}
