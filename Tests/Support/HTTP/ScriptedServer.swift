import Foundation
import Glibc
import Synchronization

/// An HTTP server on a free port of this machine whose every reply a closure of the test decides, cut connections
/// and half replies among them.
///
/// It reads whole requests, one thread for each connection, and stops when it is dropped or ``stop()`` is called.
package final class ScriptedServer: Sendable {
  package typealias Handler = @Sendable (ServerRequest) -> ServerReply

  private struct State {
    var requests: [ServerRequest] = []
    var connections: [Int32] = []
    var isStopped = false
  }

  package let port: Int
  private let listener: Int32
  private let handler: Handler
  private let state = Mutex(State())

  /// - Parameter handler: called on a connection's own thread, so it may wait.
  package init(_ handler: @escaping Handler) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isListening = withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress!
      return bind(listener, pointer, length) == 0 && listen(listener, 64) == 0
        && getsockname(listener, pointer, &length) == 0
    }
    guard isListening else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    port = Int(UInt16(bigEndian: address.sin_port))
    self.handler = handler
    let accepting = Thread { [weak self] in
      var number = 0
      while true {
        let connection = accept(listener, nil, nil)
        // Closed here alone: a number closed by another thread may already be a new server's.
        guard connection >= 0 else {
          close(listener)
          return
        }
        guard let self, self.add(connection) else {
          close(connection)
          close(listener)
          return
        }
        let mine = number
        number += 1
        Thread { [weak self] in self?.serve(connection, number: mine) }.start()
      }
    }
    accepting.start()
  }

  deinit { stop() }

  /// `http://127.0.0.1:port`.
  package var url: String { "http://127.0.0.1:\(port)" }

  /// Every request so far, in the order in which they were read.
  package var requests: [ServerRequest] { state.withLock { $0.requests } }

  /// How many connections are open.
  package var openConnections: Int { state.withLock { $0.connections.count } }

  /// Closes the port and all connections.
  package func stop() {
    state.withLock { state in
      guard !state.isStopped else { return }
      state.isStopped = true
      shutdown(listener, Int32(SHUT_RDWR))
      for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }
  }

  private func add(_ connection: Int32) -> Bool {
    state.withLock { state in
      guard !state.isStopped else { return false }
      state.connections.append(connection)
      return true
    }
  }

  private func serve(_ connection: Int32, number: Int) {
    var reader = RequestReader(connection)
    while var request = reader.next() {
      request.connection = number
      let received = request
      state.withLock { $0.requests.append(received) }
      let (bytes, keepsOpen) = handler(request).bytes(isHead: request.method == "HEAD")
      guard Self.send(bytes, to: connection), keepsOpen else { break }
    }
    state.withLock { state in
      state.connections.removeAll { $0 == connection }
      close(connection)
    }
  }

  private static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }
}
