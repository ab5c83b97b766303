import Foundation
import HTTP

/// The login's request, and the shape of its answer.
struct LoginRequest {
  static let path = "/session/v1/login-request"

  /// The call for one attempt.
  static func call(_ settings: ConnectionSettings, proof: LoginProof, timeout: Int) -> WireCall {
    var query = [("requestId", UUID().uuidString.lowercased()), ("request_guid", UUID().uuidString.lowercased())]
    for (name, value) in [
      ("databaseName", settings.database), ("schemaName", settings.schema), ("warehouse", settings.warehouse),
      ("roleName", settings.role),
    ] {
      if let value { query.append((name, value)) }
    }
    return WireCall(
      path: path, query: query.map { (name: $0.0, value: $0.1) }, body: body(settings, proof),
      extraHeaders: [
        ("CLIENT_APP_ID", settings.clientID), ("CLIENT_APP_VERSION", ConnectionSettings.clientVersion),
      ],
      timeouts: HTTPTimeouts(connect: min(timeout, 60_000), total: timeout))
  }

  private static func body(_ settings: ConnectionSettings, _ proof: LoginProof) -> [UInt8] {
    var data: [String: JSONValue] = [
      "CLIENT_APP_ID": .string(settings.clientID),
      "CLIENT_APP_VERSION": .string(ConnectionSettings.clientVersion),
      "SVN_REVISION": "",
      "ACCOUNT_NAME": .string(settings.account.login),
      "CLIENT_ENVIRONMENT": .object(environment(settings)),
      "SESSION_PARAMETERS": .object(parameters(settings)),
    ]
    if let roles = settings.secondaryRoles { data["SECONDARY_ROLES"] = .string(roles.uppercased()) }
    data.merge(proof.fields) { _, proof in proof }
    return JSONValue.object(["data": .object(data)]).bytes
  }

  private static func environment(_ settings: ConnectionSettings) -> [String: JSONValue] {
    let version = ProcessInfo.processInfo.operatingSystemVersionString
    return [
      "APPLICATION": .string(settings.application), "OS": "Linux", "OS_VERSION": .string(version),
      "OCSP_MODE": "DISABLED",
    ]
  }

  /// JSON results are asked for in the words of the C client, the one most like this;
  /// should the server send Arrow all the same, that is read too.
  private static func parameters(_ settings: ConnectionSettings) -> [String: JSONValue] {
    var parameters: [String: JSONValue] = [
      "CLIENT_VALIDATE_DEFAULT_PARAMETERS": true, "C_API_QUERY_RESULT_FORMAT": "JSON",
    ]
    if settings.keepsAlive { parameters["CLIENT_SESSION_KEEP_ALIVE"] = true }
    parameters.merge(settings.sessionParameters) { _, own in own }
    return parameters
  }
}

/// `data` of a login's answer. A server of tests may leave the master token out; then nothing can be renewed.
struct LoginAnswer: Decodable {
  struct Names: Decodable {
    let databaseName: String?
    let schemaName: String?
    let warehouseName: String?
    let roleName: String?
  }

  let token: String?
  let masterToken: String?
  let sessionId: LenientInteger?
  let serverVersion: String?
  let parameters: [ReportedParameter]?
  let sessionInfo: Names?
  let nextAction: String?
}
