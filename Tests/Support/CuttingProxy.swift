import Foundation
import Glibc
import Synchronization

/// A TCP proxy on loopback that harms the connections it passes on, each at an exact byte.
///
/// It knows nothing of the protocol. A test tells it by ``arm(_:)`` what is to happen to each connection from then on, and
/// reads in ``harmed`` what provably did: a fault counts when its place was reached while both sides were there. Connections
/// that no fault is drawn for are passed on whole, and noted in ``passed`` with their lengths, from which places are drawn.
package final class CuttingProxy: Sendable {
  /// Who sends the bytes by which a place is found.
  package enum Side: Sendable { case server, client }

  package enum Place: Sendable, CustomStringConvertible {
    /// When exactly so many bytes were passed on; none is before anything is.
    case after(Int, from: Side)
    /// When these bytes came by and were passed on, and so many more after them.
    case behind([UInt8], plus: Int = 0, from: Side)

    package var description: String {
      switch self {
      case .after(let bytes, let side): "after \(bytes) bytes of the \(side)"
      case .behind(let bytes, let more, let side):
        "\(more) bytes behind \(CuttingProxy.printable(bytes[...])) of the \(side)"
      }
    }
  }

  package enum Act: Sendable, CustomStringConvertible {
    /// Ends both connections as a program does that closes them.
    case close
    /// Ends both connections with a reset, which discards what is on the way.
    case reset
    /// Passes nothing on any more, and stays there until the client goes or the proxy ends.
    case freeze
    /// Holds the connection here while `body` runs, which gets the port by which the server knows it; goes on if it returns
    /// true, and has not harmed anything if it returns false.
    case call(String, @Sendable (Int) -> Bool)

    package var description: String {
      switch self {
      case .close: "close"
      case .reset: "reset"
      case .freeze: "freeze"
      case .call(let name, _): name
      }
    }
  }

  package struct Fault: Sendable, CustomStringConvertible {
    package var place: Place
    package var act: Act

    package init(_ place: Place, _ act: Act) {
      self.place = place
      self.act = act
    }

    package var description: String { "\(act) \(place)" }
  }

  /// What came of a connection.
  package struct Record: Sendable, CustomStringConvertible {
    /// Counted from 0 since the proxy was armed.
    package var connection: Int
    package var fault: Fault?
    /// It was open when the proxy was armed, and closed by that.
    package var isSevered = false
    package var fromServer = 0
    package var fromClient = 0
    /// What can be read of the last piece that the client sent.
    package var lastAsked = ""

    package var description: String {
      "\(connection): \(fault.map { "\($0)" } ?? "whole"), \(fromServer) bytes of the server and \(fromClient) of the client "
        + "passed, last asked \(lastAsked)"
    }
  }

  package let host = "127.0.0.1"
  package let port: Int
  private let core: Core
  private let listener: Int32

  /// - Parameter server: a port of this machine.
  package init(to server: Int) throws {
    core = Core(server: server)
    let (core, listener) = (core, socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
    self.listener = listener
    var address = CuttingProxy.loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 128) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard isListening else {
      close(listener)
      throw Program.Failure(description: "the proxy cannot listen: \(String(cString: strerror(errno)))")
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    CuttingProxy.onThread {
      while true {
        let client = CuttingProxy.accept(listener)
        if client >= 0 {
          CuttingProxy.onThread { core.serve(client) }
        } else if errno != EINTR, errno != ECONNABORTED {
          // Closed here alone: a number closed by another thread may already be somebody else's.
          close(listener)
          return
        }
      }
    }
  }

  deinit {
    // Wakes the thread that accepts; the connections see that the proxy is over.
    core.end()
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// From now on each connection gets the fault that `draw` gives for its number, counted from 0; nil passes it on whole.
  /// What was noted before is forgotten. Connections that are open already go on as they are, or are closed, where
  /// `isSevering`: those count as harmed too, for whoever keeps a session finds it broken.
  package func arm(isSevering: Bool = false, _ draw: @escaping @Sendable (Int) -> Fault?) {
    core.arm(draw, isSevering: isSevering)
  }

  /// Passes on whole what connects from now on, and keeps what was noted.
  package func disarm() { core.disarm() }

  /// The faults that fired since the proxy was armed.
  package var harmed: [Record] { core.noted.filter { $0.fault != nil } }

  /// The connections that ended unharmed since then.
  package var passed: [Record] { core.noted.filter { $0.fault == nil } }

  // MARK: Sockets

  /// Not to be left to programs that tests start: a connection would outlive its cut in them.
  private static func accept(_ listener: Int32) -> Int32 {
    // accept4(2), which Glibc's module leaves out.
    typealias Accept = @convention(c) (Int32, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int32) -> Int32
    let accept = unsafeBitCast(dlsym(nil, "accept4"), to: Accept.self)
    return accept(listener, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
  }

  fileprivate static func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
  }

  private static func onThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.stackSize = 1 << 19
    thread.start()
  }

  /// What can be read of these bytes, the rest as dots.
  static func printable(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix(300).map { (32..<127).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
  }
}

/// What the threads of a proxy share.
private final class Core: Sendable {
  private struct State {
    var draw: @Sendable (Int) -> CuttingProxy.Fault? = { _ in nil }
    /// Told apart, so that a connection of before is not noted as one of now.
    var arming = 0
    /// Connections of armings before this one are closed.
    var severed = 0
    var count = 0
    var noted: [CuttingProxy.Record] = []
    var isOver = false
  }

  private let server: Int
  private let state = Mutex(State())

  init(server: Int) { self.server = server }

  var noted: [CuttingProxy.Record] { state.withLock { $0.noted } }

  func end() { state.withLock { $0.isOver = true } }

  func arm(_ draw: @escaping @Sendable (Int) -> CuttingProxy.Fault?, isSevering: Bool) {
    state.withLock {
      ($0.draw, $0.count, $0.noted) = (draw, 0, [])
      $0.arming += 1
      if isSevering { $0.severed = $0.arming }
    }
  }

  func disarm() { state.withLock { $0.draw = { _ in nil } } }

  func serve(_ client: Int32) {
    let (record, fault, arming) = state.withLock { state in
      defer { state.count += 1 }
      return (CuttingProxy.Record(connection: state.count), state.draw(state.count), state.arming)
    }
    let backend = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = CuttingProxy.loopback(server)
    let isThere = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(backend, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    var passage = CuttingPassage(client: client, backend: backend, fault: fault, record: record)
    if isThere {
      passage.run {
        state.withLock { $0.isOver || $0.severed > arming }
      } note: { record in
        state.withLock { if $0.arming == arming { $0.noted.append(record) } }
      }
      // What came of the others: they ended whole, or were severed, which is noted with what came of the later ones.
      let record = passage.record
      state.withLock { state in
        let isNew = record.isSevered ? state.severed == state.arming : record.fault == nil && state.arming == arming
        if isNew, !state.isOver { state.noted.append(record) }
      }
    }
    close(client)
    close(backend)
  }
}
