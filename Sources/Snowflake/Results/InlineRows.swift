import Foundation
import HTTP

/// The rows that came with the answer itself, checked against the answer's count.
struct InlineRows {
  let rows: [[String?]]
  /// The answer they are of: another one than was given when it had to be asked for again.
  let answer: QueryAnswer

  /// - Throws: ``SnowflakeError`` of kind `unexpectedAnswer` when the rows stay fewer than promised.
  static func read(
    _ answer: QueryAnswer, session: SnowflakeSession, statement: Statement?, cancellation: Cancellation?
  ) throws(SnowflakeError) -> InlineRows {
    let rows = try decode(answer)
    guard let expected = expected(answer), rows.count != expected else { return InlineRows(rows: rows, answer: answer) }
    // Servers have answered with an empty rowset though there are rows: the result asked for by id is whole then.
    guard rows.count < expected, let queryID = answer.queryId else {
      throw mismatch(rows.count, expected, answer)
    }
    var runner = StatementRunner(session, resultOf: queryID, cancellation: cancellation)
    let second: QueryAnswer
    do {
      second = try runner.run().answer
    } catch {
      throw SnowflakeError(
        error.kind, outcome: .executed, operation: "read the result", message: "it came short and could not be fetched",
        queryID: queryID, requestID: statement?.requestID, underlying: error)
    }
    let again = try decode(second)
    guard again.count == Self.expected(second) ?? expected else { throw mismatch(again.count, expected, answer) }
    return InlineRows(rows: again, answer: second)
  }

  /// Rows that are to come with the answer; nil when it does not say.
  private static func expected(_ answer: QueryAnswer) -> Int? {
    answer.total.map { $0 - (answer.chunks ?? []).reduce(0) { $0 + $1.rowCount } }
  }

  private static func decode(_ answer: QueryAnswer) throws(SnowflakeError) -> [[String?]] {
    if let rows = answer.rowset {
      guard rows.allSatisfy({ $0.count == (answer.rowtype?.count ?? $0.count) }) else {
        throw SnowflakeError(
          .unexpectedAnswer, outcome: .executed, operation: "read the result",
          message: "a row has another number of values than there are columns", queryID: answer.queryId)
      }
      return rows
    }
    guard let base64 = answer.rowsetBase64, !base64.isEmpty else { return [] }
    guard let data = Data(base64Encoded: base64) else {
      throw SnowflakeError(
        .unexpectedAnswer, outcome: .executed, operation: "read the result", message: "its base64 is damaged",
        queryID: answer.queryId)
    }
    return try ArrowRows.read(Array(data), columns: answer.rowtype ?? [], queryID: answer.queryId)
  }

  private static func mismatch(_ count: Int, _ expected: Int, _ answer: QueryAnswer) -> SnowflakeError {
    SnowflakeError(
      .unexpectedAnswer, outcome: .executed, operation: "read the result",
      message: "it has \(count) rows where \(expected) were promised", queryID: answer.queryId)
  }
}
