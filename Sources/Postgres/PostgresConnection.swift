import CPostgres
import Dispatch
import Glibc

/// A connection to one PostgreSQL server, on one thread at a time; closed when dropped.
///
/// Calls block, yet never deaf: whoever calls may pass `wait`, which is called at least four times a second while the server is
/// silent, and ends the statement on the server by throwing. Only while ``PostgresVigil`` makes its connection nobody is heard.
package final class PostgresConnection {
  /// What is called while the server is silent.
  package typealias Wait = () throws -> Void

  /// Milliseconds between two calls of `wait`.
  static let interval: Int32 = 250

  let handle: OpaquePointer
  let settings: PostgresSettings
  /// The connection was broken from this side: nothing more can be asked.
  private var isGivenUp = false

  /// Connects and logs in.
  ///
  /// - Throws: ``PostgresError``: `notConnected` when nothing answers, `refused` when the server does not want this login,
  ///   `timeout` after ``PostgresSettings/connectTimeout``.
  package init(_ settings: PostgresSettings) throws {
    let parameters = settings.parameters
    guard
      let handle = Self.withCStrings(
        parameters.map(\.keyword),
        { keywords in
          Self.withCStrings(parameters.map(\.value)) { PQconnectStartParams(keywords, $0, 0) }
        })
    else { throw PostgresError(.notConnected, "memory ran out") }
    self.handle = handle
    self.settings = settings
    // The SQLSTATE of a refused login is found only in the text, and only in this form of it.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    PQsetNoticeReceiver(handle, { _, _ in }, nil)
    try connect(seconds: settings.connectTimeout)
    PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    PQsetnonblocking(handle, 1)
  }

  deinit {
    PQfinish(handle)
  }

  /// The server's version as libpq counts: 150018 for 15.18.
  package var serverVersion: Int { Int(PQserverVersion(handle)) }

  /// The number of the server's process for this connection.
  package var backend: Int { Int(PQbackendPID(handle)) }

  /// What the server reports of a setting: `server_encoding`, `integer_datetimes`; nil for one it does not report.
  package func parameter(_ name: String) -> String? {
    PQparameterStatus(handle, name).map { String(cString: $0) }
  }

  /// Runs statements that bring no rows, several at once where they are divided by semicolons.
  package func execute(_ sql: String, wait: Wait = {}) throws {
    try send(PQsendQuery(handle, sql))
    _ = try finish(wait)
  }

  /// Runs one statement; `$1` and so on stand for `parameters`, which travel as text.
  package func query(_ sql: String, _ parameters: [String?] = [], wait: Wait = {}) throws -> PostgresResult {
    let count = Int32(parameters.count)
    try send(
      Self.withCStrings(parameters) { PQsendQueryParams(handle, sql, count, nil, $0, nil, nil, 0) })
    guard let result = try finish(wait) else { throw PostgresError(.protocolBroken, "the server gave no result") }
    return result
  }

  /// Has the server read a statement once, to be run by its name as often as wanted.
  package func prepare(_ name: String, _ sql: String) throws {
    try send(PQsendPrepare(handle, name, sql, 0, nil))
    _ = try finish({})
  }

  /// Runs a statement that was prepared.
  package func run(prepared name: String, _ parameters: [String?], wait: Wait = {}) throws -> PostgresResult {
    let count = Int32(parameters.count)
    try send(
      Self.withCStrings(parameters) { PQsendQueryPrepared(handle, name, count, $0, nil, nil, 0) })
    guard let result = try finish(wait) else { throw PostgresError(.protocolBroken, "the server gave no result") }
    return result
  }

  /// Runs one statement by the simple protocol, which servers that only resemble PostgreSQL speak best.
  package func ask(_ sql: String, wait: Wait = {}) throws -> PostgresResult {
    try send(PQsendQuery(handle, sql))
    guard let result = try finish(wait) else { throw PostgresError(.protocolBroken, "the server gave no result") }
    return result
  }

  /// Runs a query and hands over each row as it comes, so that no result is held whole; the closure's result is good for one
  /// call, its only row is row 0.
  package func each(_ sql: String, wait: Wait = {}, _ body: (PostgresResult) throws -> Void) throws {
    try send(PQsendQuery(handle, sql))
    PQsetSingleRowMode(handle)
    do {
      while let result = try next(wait) {
        if result.status == PGRES_SINGLE_TUPLE { try body(result) }
      }
    } catch {
      abandon(error)
      throw error
    }
  }

  /// Begins `COPY … TO STDOUT`; its rows must be read to the end before anything else is asked.
  package func copyOut(_ sql: String, wait: Wait = {}) throws -> PostgresCopy {
    try send(PQsendQuery(handle, sql))
    guard let result = try next(wait) else { throw PostgresError(.protocolBroken, "the server gave no result") }
    guard result.status == PGRES_COPY_OUT else {
      while try next(wait) != nil {}
      throw PostgresError(.protocolBroken, "the statement copies nothing out")
    }
    return PostgresCopy(self)
  }

  /// Asks the server, over another connection, to end what it does for this one.
  ///
  /// libpq waits for the answer without a limit: where none comes, a thread is left waiting until TCP gives up.
  package func cancel() {
    guard let cancel = PQgetCancel(handle) else { return }
    nonisolated(unsafe) let request = cancel
    let answered = DispatchSemaphore(value: 0)
    DispatchQueue(label: "scmplan.postgres.cancel").async {
      var words = [CChar](repeating: 0, count: 256)
      PQcancel(request, &words, 256)
      PQfreeCancel(request)
      answered.signal()
    }
    _ = answered.wait(timeout: .now() + .seconds(settings.grace))
  }

  /// Ends a statement whose rest nobody reads; the connection can be used again unless it is broken.
  func abandon(_ error: any Error) {
    if let error = error as? PostgresError, error.code == .lost { return }
    cancel()
    let end = Self.now() + Int64(settings.grace) * 1000
    let limited: Wait = {
      if Self.now() > end { throw PostgresError(.timeout, "the server does not end the statement") }
    }
    do {
      while let result = try next(limited) {
        guard result.status == PGRES_COPY_OUT else { continue }
        var row: UnsafeMutablePointer<CChar>?
        while true {
          let count = PQgetCopyData(handle, &row, 1)
          if count > 0 { PQfreemem(row) } else if count < 0 { break } else { try receive(limited) }
        }
      }
    } catch let error as PostgresError where error.code == .timeout {
      hangUp()
    } catch {
      // That the statement was cancelled, or that the connection is gone.
    }
  }

  /// Breaks the connection: whatever is asked of it from now on finds it lost.
  private func hangUp() {
    isGivenUp = true
    let socket = PQsocket(handle)
    if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
  }

  // MARK: Waiting

  /// The next result of the statement; nil after the last.
  ///
  /// - Throws: what the server has against the statement, after its other results were dropped.
  func next(_ wait: Wait) throws -> PostgresResult? {
    while PQisBusy(handle) != 0 {
      do { try receive(wait) } catch {
        if !(error is PostgresError) { abandon(error) }
        throw error
      }
    }
    guard let result = PQgetResult(handle).map(PostgresResult.init) else { return nil }
    guard let failure = result.failure else { return result }
    if failure.code != .lost { drop(wait) }
    throw failure
  }

  /// Reads what comes after an error, which is little; breaks the connection where it does not come.
  private func drop(_ wait: Wait) {
    do {
      while true {
        while PQisBusy(handle) != 0 { try receive(wait) }
        guard let result = PQgetResult(handle) else { return }
        PQclear(result)
      }
    } catch {
      hangUp()
    }
  }

  /// Waits until the server has said something more, and reads it.
  ///
  /// - Throws: ``PostgresError`` `lost` also where ``PostgresVigil`` finds that nothing more will come.
  func receive(_ wait: Wait) throws {
    var vigil: PostgresVigil?
    while true {
      let socket = PQsocket(handle)
      guard socket >= 0 else { throw lost() }
      var flags = Int16(POLLIN)
      // What is still to be sent must go out before an answer can come.
      if PQflush(handle) == 1 { flags |= Int16(POLLOUT) }
      var descriptor = pollfd(fd: socket, events: flags, revents: 0)
      let ready = poll(&descriptor, 1, Self.interval)
      if ready > 0 { break }
      if ready < 0, errno != EINTR { throw lost() }
      try wait()
      var watching = vigil ?? PostgresVigil(settings, now: Self.now())
      if let words = watching.verdict(now: Self.now(), ask: askAbout) {
        hangUp()
        throw PostgresError(.lost, words)
      }
      vigil = watching
    }
    guard PQconsumeInput(handle) == 1 else { throw lost() }
  }

  func lost() -> PostgresError {
    PostgresError(.lost, firstLine(String(cString: PQerrorMessage(handle))))
  }

  private func send(_ result: Int32) throws {
    guard !isGivenUp else { throw PostgresError(.lost, "it was given up before") }
    guard result == 1 else {
      guard PQstatus(handle) == CONNECTION_OK else { throw lost() }
      throw PostgresError(.protocolBroken, firstLine(String(cString: PQerrorMessage(handle))))
    }
  }

  /// Reads all results; the last one that is one.
  private func finish(_ wait: Wait) throws -> PostgresResult? {
    var last: PostgresResult?
    while let result = try next(wait) { last = result }
    return last
  }

  private func connect(seconds: Int) throws {
    let deadline = Self.now() + Int64(seconds) * 1000
    var state = PGRES_POLLING_WRITING
    while state != PGRES_POLLING_OK {
      guard state != PGRES_POLLING_FAILED, PQstatus(handle) != CONNECTION_BAD else {
        throw PostgresError.connecting(String(cString: PQerrorMessage(handle)))
      }
      let rest = deadline - Self.now()
      var descriptor = pollfd(
        fd: PQsocket(handle), events: Int16(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
      let ready = rest > 0 ? poll(&descriptor, 1, Int32(clamping: rest)) : 0
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { throw PostgresError(.timeout, "the server did not answer within \(seconds) s") }
      state = PQconnectPoll(handle)
    }
  }

  /// Milliseconds of a clock that no one sets.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Calls `body` with an array of C strings that a null pointer ends; nil stays a null pointer.
  private static func withCStrings<Result>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = texts.map { text in text.map { strdup($0) } ?? nil }
    defer { for copy in copies { free(copy) } }
    return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
