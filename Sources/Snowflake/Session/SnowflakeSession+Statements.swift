package import Foundation
package import HTTP

extension SnowflakeSession {
  /// Runs a statement and waits for its end.
  ///
  /// - Parameter submitted: hears the query id as soon as the server names it, before the statement ends.
  /// - Throws: ``SnowflakeError``; its outcome says whether the statement certainly did nothing, failed, or may have
  ///   run. When it is cancelled or out of time the server is told to abort it.
  package func run(
    _ statement: Statement, cancellation: Cancellation? = nil, submitted: @escaping (String) -> Void = { _ in }
  ) throws(SnowflakeError) -> QueryResult {
    var runner = StatementRunner(self, statement, isAsync: false, cancellation: cancellation, submitted: submitted)
    let reply = try runner.run()
    return try QueryResult(reply, of: self, statement: statement, cancellation: cancellation)
  }

  /// Runs the statement that `sql` is, and reads all rows as the wire has them.
  package func rows(_ sql: String, cancellation: Cancellation? = nil) throws(SnowflakeError) -> [[String?]] {
    try run(Statement(sql), cancellation: cancellation).allRows()
  }

  /// Hands a statement to the server without waiting for its end; it outlives this process and this session's token.
  ///
  /// - Returns: the query id, for ``status(of:)`` and ``result(of:cancellation:)``.
  package func submit(_ statement: Statement, cancellation: Cancellation? = nil) throws(SnowflakeError) -> String {
    var runner = StatementRunner(self, statement, isAsync: true, cancellation: cancellation, submitted: { _ in })
    let reply = try runner.run()
    guard let id = reply.answer.queryId else {
      throw SnowflakeError(
        .unexpectedAnswer, outcome: .unknown, operation: "submit the statement", message: "the answer has no query id",
        requestID: statement.requestID)
    }
    return id
  }

  /// Waits for the end of a statement that was submitted before, here or by another session of the same user, and
  /// gives its result. Results are kept for 24 hours.
  package func result(of queryID: String, cancellation: Cancellation? = nil) throws(SnowflakeError) -> QueryResult {
    var runner = StatementRunner(self, resultOf: queryID, cancellation: cancellation)
    return try QueryResult(try runner.run(), of: self, statement: nil, cancellation: cancellation)
  }

  /// Where a statement is.
  package func status(
    of queryID: String, cancellation: Cancellation? = nil
  ) throws(SnowflakeError) -> StatementStatus {
    let operation = "ask for the state of query \(queryID)"
    let envelope: Envelope<MonitoringAnswer> = try ask(
      .get, "/monitoring/queries/\(PercentEncoding.encode(queryID))", operation: operation, cancellation: cancellation)
    guard envelope.success else {
      throw SnowflakeError(
        .statement, operation: operation, message: envelope.message ?? "the server gave no reason",
        code: envelope.code, queryID: queryID)
    }
    guard let query = envelope.data?.queries?.first, let name = query.status else {
      return StatementStatus(stage: .unknown, name: "NO_DATA", errorCode: nil, errorMessage: nil)
    }
    let code = query.errorCode?.text.map(ServerCode.sixDigits)
    return StatementStatus(
      stage: StatementStatus.stage(name), name: name, errorCode: code,
      errorMessage: query.errorMessage.map { ServerMessage.withoutValues($0, code: code) })
  }

  /// Tells the server to end the statement with this request id.
  ///
  /// - Returns: whether the server took the order. When it says several times that nothing of that id runs, or cannot be
  ///   reached, the statement may still have ended by itself.
  @discardableResult
  package func cancel(_ requestID: UUID) -> Bool {
    let body: JSONValue = ["requestId": .string(requestID.uuidString.lowercased())]
    // The statement may not have begun when the order comes.
    for wait in [0, 200, 400, 800, 1600] {
      if wait > 0 { surroundings.wait(wait, nil) }
      let envelope: Envelope<JSONValue>? = try? ask(
        .post, "/queries/v1/abort-request", body: body.bytes, operation: "cancel the statement", patience: .brief,
        cancellation: nil)
      guard let envelope else { return false }
      guard envelope.code == ServerCode.notExecuting else { return envelope.success }
    }
    return false
  }
}
