import CPostgres
import Glibc

/// The rows of a `COPY … TO STDOUT`, one message after the other, as the server sent them.
///
/// Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY; a message is a row, in the binary format
/// with the file's head in front of the first and its end as the last.
package final class PostgresCopy {
  /// Microseconds that a server which just sent something is left alone, once it has nothing more at hand: the least and the
  /// most.
  ///
  /// A server sends 8 KB at a time. To wait for each took a tenth of this side's CPU time (perf, five million rows over a Unix
  /// socket).
  private static let pauses: ClosedRange<UInt32> = 100...1000
  /// Reads of libpq's, 16 KB at most, that what gathers in a pause shall be good for: a socket's buffer holds twice that, so
  /// that the server need not wait.
  private static let wanted = 3...6

  private let connection: PostgresConnection
  private let handle: OpaquePointer
  /// The message that was handed out, in memory of its own: a property would be checked for exclusive access at each row.
  private let message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 1)
  private var isOver = false
  private var pause = pauses.lowerBound
  /// Reads since the last pause.
  private var reads = 0
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

  /// Sleeps, for longer than last time where that was too short for much to gather.
  private func takePause() {
    if reads < Self.wanted.lowerBound { pause = min(pause * 2, Self.pauses.upperBound) }
    if reads > Self.wanted.upperBound { pause = max(pause / 2, Self.pauses.lowerBound) }
    reads = 0
    usleep(pause)
  }

  @inline(never)
  private func waited(_ wait: PostgresConnection.Wait, _ first: Int32) throws -> UnsafeRawBufferPointer? {
    var count = first
    do {
      var hasPaused = false
      while count == 0 {
        // What is there already is taken without asking whether it is.
        guard PQconsumeInput(handle) == 1 else { throw connection.lost() }
        reads += 1
        count = PQgetCopyData(handle, message, 1)
        if count != 0 { break }
        if hasPaused {
          try connection.receive(wait)
          count = PQgetCopyData(handle, message, 1)
        } else {
          takePause()
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
