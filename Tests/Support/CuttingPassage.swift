import Glibc

/// One connection through a ``CuttingProxy``: bytes go both ways until one side ends it or its fault is due.
struct CuttingPassage {
  private let client: Int32
  private let backend: Int32
  /// Nil once it has fired.
  private var fault: CuttingProxy.Fault?
  private(set) var record: CuttingProxy.Record
  /// Bytes that the side of the fault may still send before it is due; nil while its place is not known.
  private var left: Int?
  /// `POLLRDHUP` of poll(2), which needs `_GNU_SOURCE`: the other side closed.
  private static let hangUp: Int16 = 0x2000
  /// The last bytes of that side, where a place is found by what comes by.
  private var tail: [UInt8] = []

  init(client: Int32, backend: Int32, fault: CuttingProxy.Fault?, record: CuttingProxy.Record) {
    self.client = client
    self.backend = backend
    self.fault = fault
    self.record = record
    if case .after(let bytes, _)? = fault?.place { left = bytes }
    var one: Int32 = 1
    for socket in [client, backend] {
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  /// Passes bytes on until an end; `isOver` is asked a few times a second.
  ///
  /// - Parameter note: gets the record when the fault fires, before anybody can see what it does.
  mutating func run(_ isOver: () -> Bool, note: (CuttingProxy.Record) -> Void) {
    if left == 0, !isGoingOn(isOver, note) { return }
    while !isOver() {
      var descriptors = [client, backend].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&descriptors, 2, 50) > 0 else { continue }
      for (index, side) in [CuttingProxy.Side.client, .server].enumerated() where descriptors[index].revents != 0 {
        guard pass(side) else { return }
        if left == 0, !isGoingOn(isOver, note) { return }
      }
    }
    record.isSevered = true
    record.fault = CuttingProxy.Fault(.after(record.fromServer, from: .server), .close)
  }

  private var side: CuttingProxy.Side? {
    switch fault?.place {
    case .after(_, let side)?, .behind(_, _, let side)?: side
    case nil: nil
    }
  }

  /// Passes on one piece, never beyond the place of the fault; false at the end of the connection.
  private mutating func pass(_ from: CuttingProxy.Side) -> Bool {
    let (source, sink) = from == .client ? (client, backend) : (backend, client)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let isMarked = from == side
    let count = recv(source, &buffer, buffer.count, Int32(MSG_PEEK))
    guard count > 0 else { return count < 0 && errno == EINTR }
    var piece = buffer[..<count]
    if isMarked, left == nil { find(in: piece) }
    if isMarked, let left { piece = piece.prefix(left) }
    // Taken from the socket only now: what is behind the place was never passed on.
    guard recv(source, &buffer, piece.count, 0) == piece.count else { return false }
    var sent = 0
    while sent < piece.count {
      let count = piece[(piece.startIndex + sent)...].withUnsafeBytes {
        send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    if isMarked { left = left.map { $0 - piece.count } }
    switch from {
    case .server: record.fromServer += piece.count
    case .client:
      record.fromClient += piece.count
      record.lastAsked = CuttingProxy.printable(piece)
    }
    return true
  }

  /// Looks for the mark in what was and what comes, and knows then how much may still pass.
  private mutating func find(in piece: ArraySlice<UInt8>) {
    guard case .behind(let mark, let more, _)? = fault?.place else { return }
    let known = tail.count
    tail += piece
    let last = tail.count - mark.count
    if last >= 0, let start = (0...last).first(where: { tail[$0..<($0 + mark.count)].elementsEqual(mark) }) {
      left = max(0, start + mark.count + more - known)
      tail = []
    } else {
      tail = tail.suffix(mark.count - 1)
    }
  }

  /// Does what the fault says; whether the connection goes on after it.
  private mutating func isGoingOn(_ isOver: () -> Bool, _ note: (CuttingProxy.Record) -> Void) -> Bool {
    guard let fault else { return true }
    self.fault = nil
    left = nil
    if case .call(_, let body) = fault.act {
      guard body(port()) else { return true }
      record.fault = fault
      note(record)
      return true
    }
    record.fault = fault
    note(record)
    switch fault.act {
    case .close:
      // An end in order, even where something was sent that nobody reads any more.
      for socket in [client, backend] { shutdown(socket, Int32(SHUT_WR)) }
    case .reset:
      var linger = linger(l_onoff: 1, l_linger: 0)
      for socket in [client, backend] {
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      }
    case .freeze:
      while !isOver() {
        // Nothing is read: the kernel still answers for this side, as a machine does whose program hangs.
        var descriptor = pollfd(fd: client, events: Self.hangUp, revents: 0)
        if poll(&descriptor, 1, 200) > 0 { break }
      }
    case .call: break
    }
    return false
  }

  /// The port of this end of the connection to the server.
  private func port() -> Int {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(backend, $0, &size) }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
