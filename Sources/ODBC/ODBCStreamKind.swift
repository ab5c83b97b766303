import CODBC

/// How a value without a limit is read.
package enum ODBCStreamKind: Sendable {
  /// As UTF-8, out of the driver's wide characters.
  case text
  case binary

  var cType: SQLSMALLINT {
    switch self {
    case .text: SQLSMALLINT(SQL_C_WCHAR)
    case .binary: SQLSMALLINT(SQL_C_BINARY)
    }
  }
}

/// Wide characters that come in pieces, of which one may end within a surrogate pair.
struct WideStream {
  private var pending: UInt16?
  private var bytes: [UInt8] = []

  mutating func add(_ piece: UnsafeRawBufferPointer, _ consume: (UnsafeRawBufferPointer) -> Void) throws(ODBCError) {
    var units = Array(piece.bindMemory(to: UInt16.self))
    if let pending { units.insert(pending, at: 0) }
    pending = nil
    if let last = units.last, (0xD800..<0xDC00).contains(last) { pending = units.removeLast() }
    bytes.removeAll(keepingCapacity: true)
    let isText = units.withUnsafeBufferPointer { WideText.append($0, to: &bytes) }
    guard isText else { throw Self.noText }
    bytes.withUnsafeBytes(consume)
  }

  /// - Throws: ``ODBCError`` when half a pair is left.
  func end() throws(ODBCError) {
    if pending != nil { throw Self.noText }
  }

  private static let noText = ODBCError(
    "SQLGetData",
    [ODBCDiagnostic(state: "22021", native: 0, message: "the value is no valid UTF-16: a surrogate stands alone")])
}
