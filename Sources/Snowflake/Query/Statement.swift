package import Foundation

/// One SQL statement, with the identity by which the server knows it again.
///
/// Whoever needs to know later what became of it records ``requestID`` before running it.
package struct Statement: Sendable {
  /// Kept over every repetition and renewal: the server runs a statement once for each.
  package let requestID: UUID
  package var sql: String
  /// For `?` in the text, in order.
  package var binds: [Bind]
  /// Session parameters for this statement alone: `QUERY_TAG`, `MULTI_STATEMENT_COUNT`, `STATEMENT_TIMEOUT_IN_SECONDS`.
  package var parameters: [String: JSONValue]
  /// Only tells columns and binds; nothing runs.
  package var describeOnly: Bool
  /// `PUT` and `GET`: the answer is kept whole in ``QueryResult/body``.
  package var isFileTransfer: Bool
  /// Milliseconds from its start after which the statement is given up and cancelled.
  package var timeLimit: Int64?

  package init(
    _ sql: String, binds: [Bind] = [], parameters: [String: JSONValue] = [:], requestID: UUID = UUID(),
    describeOnly: Bool = false, isFileTransfer: Bool = false, timeLimit: Int64? = nil
  ) {
    self.sql = sql
    self.binds = binds
    self.parameters = parameters
    self.requestID = requestID
    self.describeOnly = describeOnly
    self.isFileTransfer = isFileTransfer
    self.timeLimit = timeLimit
  }

  /// The body of the request. `now` is in milliseconds since 1970.
  func body(sequence: Int64, isAsync: Bool, context: QueryContext, now: Int64) -> [UInt8] {
    var body: [String: JSONValue] = [
      "sqlText": .string(sql), "asyncExec": .bool(isAsync), "sequenceId": .int(sequence), "isInternal": false,
      "describeOnly": .bool(describeOnly), "querySubmissionTime": .int(now), "parameters": .object(parameters),
      "queryContextDTO": context.request,
    ]
    if !binds.isEmpty {
      let numbered = binds.enumerated().map { ("\($0.offset + 1)", $0.element.json) }
      body["bindings"] = .object(Dictionary(uniqueKeysWithValues: numbered))
    }
    return JSONValue.object(body).bytes
  }
}
