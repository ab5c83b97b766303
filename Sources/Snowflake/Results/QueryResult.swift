import HTTP

/// The result of a statement: its columns, and its rows batch by batch, as text in the wire's own form.
///
/// ``WireText`` reads the text. Rows of Arrow results are turned into the text that a JSON result would have. A result
/// belongs to one thread at a time.
package final class QueryResult {
  package let queryID: String?
  package let columns: [ResultColumn]
  package let type: StatementType
  /// Rows of all batches.
  package let total: Int
  /// The ids of the results of a multi-statement request.
  package let childQueryIDs: [String]
  /// How many binds a statement that was only described has.
  package let bindCount: Int?
  /// The whole answer, of `PUT` and `GET` only.
  package let body: [UInt8]?

  private let session: SnowflakeSession
  private let cancellation: Cancellation?
  private var inline: [[String?]]?
  private var chunks: ChunkReader

  init(
    _ reply: StatementRunner.Reply, of session: SnowflakeSession, statement: Statement?, cancellation: Cancellation?
  ) throws(SnowflakeError) {
    let isFileTransfer = statement?.isFileTransfer ?? false
    let checked =
      isFileTransfer
      ? InlineRows(rows: [], answer: reply.answer)
      : try InlineRows.read(reply.answer, session: session, statement: statement, cancellation: cancellation)
    let answer = checked.answer
    self.session = session
    self.cancellation = cancellation
    queryID = answer.queryId
    columns = answer.rowtype ?? []
    type = StatementType(number: answer.statementTypeId ?? 0)
    total = answer.total ?? checked.rows.count
    childQueryIDs = answer.resultIds?.split(separator: ",").map(String.init) ?? []
    bindCount = answer.numberOfBinds
    body = isFileTransfer ? reply.body : nil
    inline = checked.rows
    chunks = ChunkReader(answer)
  }

  /// The next rows; nil after the last.
  ///
  /// - Throws: ``SnowflakeError`` with outcome `executed`: what failed is reading, not the statement.
  package func nextBatch() throws(SnowflakeError) -> [[String?]]? {
    if let rows = inline {
      inline = nil
      if !rows.isEmpty { return rows }
    }
    return try chunks.next(session, columns: columns, queryID: queryID, cancellation: cancellation)
  }

  /// All rows that were not read yet.
  package func allRows() throws(SnowflakeError) -> [[String?]] {
    var rows: [[String?]] = []
    while let batch = try nextBatch() { rows += batch }
    return rows
  }

  /// Rows that a DML statement changed: the sum of what its one row counts. Nil for other statements; reads the rows.
  package func affectedRows() throws(SnowflakeError) -> Int? {
    guard type.isDML else { return nil }
    let counts = columns.enumerated().filter { $0.element.name.hasPrefix("number of rows") }.map(\.offset)
    guard let row = try allRows().first, !counts.isEmpty else { return nil }
    return counts.reduce(0) { $0 + (row[$1].flatMap { Int($0) } ?? 0) }
  }
}
