import CPostgres
import Glibc

/// The rows of a `COPY … TO STDOUT`, one message after the other, as the server sent them.
///
/// Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY; a message is a row, in the binary format
/// with the file's head in front of the first and its end as the last.
package final class PostgresCopy {
  /// Microseconds that a server which just sent something is left alone, once it has nothing more at hand.
  ///
  /// A server sends 8 KB at a time. To wait for each took a tenth of this side's CPU time (perf, five million rows over a Unix
  /// socket); with the pause there were a quarter as many waits. At 200 MB a second some 40 KB gather in it.
  private static let pause: UInt32 = 200

  private let connection: PostgresConnection
  private let handle: OpaquePointer
  /// The message that was handed out, in memory of its own: a property would be checked for exclusive access at each row.
  private let message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 1)
  private var isOver = false
  /// Rows that the server says it sent; nil before the end.
  package private(set) var rows: Int?

  init(_ connection: PostgresConnection) {
    self.connection = connection
    handle = connection.handle
    message.initialize(to: nil)
  }

  deinit {
    PQfreemem(message.pointee)
    message.deallocate()
    if !isOver { connection.abandon(PostgresError(.server, "the rest was not wanted")) }
  }

  /// The next message, good until the next call; nil after the last.
  ///
  /// - Throws: ``PostgresError``, and what `wait` throws; the statement is then ended on the server.
  @inline(__always)
  package func next(_ wait: PostgresConnection.Wait) throws -> UnsafeRawBufferPointer? {
    if let last = message.pointee {
      PQfreemem(last)
      message.pointee = nil
    }
    let count = PQgetCopyData(handle, message, 1)
    if count > 0 { return UnsafeRawBufferPointer(start: message.pointee, count: Int(count)) }
    return try waited(wait, count)
  }

  @inline(never)
  private func waited(_ wait: PostgresConnection.Wait, _ first: Int32) throws -> UnsafeRawBufferPointer? {
    var count = first
    do {
      var hasPaused = false
      while count == 0 {
        // What is there already is taken without asking whether it is.
        guard PQconsumeInput(handle) == 1 else { throw connection.lost() }
        count = PQgetCopyData(handle, message, 1)
        if count != 0 { break }
        if hasPaused {
          try connection.receive(wait)
          count = PQgetCopyData(handle, message, 1)
        } else {
          usleep(Self.pause)
          hasPaused = true
        }
      }
      if count > 0 { return UnsafeRawBufferPointer(start: message.pointee, count: Int(count)) }
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
