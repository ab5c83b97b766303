import CPostgres

/// The rows of a `COPY … TO STDOUT`, one message after the other, as the server sent them.
///
/// Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY; a message is a row, in the binary format
/// with the file's head in front of the first and its end as the last.
package final class PostgresCopy {
  private let connection: PostgresConnection
  private var message: UnsafeMutablePointer<CChar>?
  private var isOver = false
  /// Rows that the server says it sent; nil before the end.
  package private(set) var rows: Int?

  init(_ connection: PostgresConnection) {
    self.connection = connection
  }

  deinit {
    PQfreemem(message)
    if !isOver { connection.abandon(PostgresError(.server, "the rest was not wanted")) }
  }

  /// The next message, good until the next call; nil after the last.
  ///
  /// - Throws: ``PostgresError``, and what `wait` throws; the statement is then ended on the server.
  @inline(__always)
  package func next(_ wait: PostgresConnection.Wait) throws -> UnsafeRawBufferPointer? {
    if message != nil {
      PQfreemem(message)
      message = nil
    }
    let count = PQgetCopyData(connection.handle, &message, 1)
    if count > 0 { return UnsafeRawBufferPointer(start: message, count: Int(count)) }
    return try waited(wait, count)
  }

  @inline(never)
  private func waited(_ wait: PostgresConnection.Wait, _ first: Int32) throws -> UnsafeRawBufferPointer? {
    var count = first
    do {
      while count == 0 {
        // What is there already is taken without asking whether it is.
        guard PQconsumeInput(connection.handle) == 1 else { throw connection.lost() }
        count = PQgetCopyData(connection.handle, &message, 1)
        if count != 0 { break }
        try connection.receive(wait)
        count = PQgetCopyData(connection.handle, &message, 1)
      }
      if count > 0 { return UnsafeRawBufferPointer(start: message, count: Int(count)) }
      guard count == -1 else { throw connection.lost() }
      isOver = true
      while let result = try connection.next(wait) { rows = result.affected ?? rows }
      return nil
    } catch {
      if !isOver {
        isOver = true
        connection.abandon(error)
      }
      throw error
    }
  }
}
