import CODBC

/// One record of what a driver has to say about its last call.
package struct ODBCDiagnostic: Sendable, Hashable {
  /// SQLSTATE: five letters or digits. Drivers of one server disagree about it; the native code is surer.
  package var state: String
  /// The server's own number, 0 when there is none.
  package var native: Int
  /// The driver's words. They may quote data: who shows them to others decides what to keep.
  package var message: String

  package init(state: String, native: Int, message: String) {
    self.state = state
    self.native = native
    self.message = message
  }

  /// Whether it tells of a failure, though the call that it belongs to may have been reported as a success.
  ///
  /// FreeTDS 1.3.17 reports an error among the rows of a block as a success with information, and the end of the rows after it.
  /// Its own errors, such as a connection that is lost, have numbers from 20000 and the state of a warning.
  var isFailure: Bool { !state.hasPrefix("01") || (20000..<21000).contains(native) }

  /// Everything that a handle has to say, in order; at most 64 records.
  static func all(of handle: SQLHANDLE, _ kind: ODBCHandle.Kind) -> [ODBCDiagnostic] {
    var records: [ODBCDiagnostic] = []
    var text = [SQLWCHAR](repeating: 0, count: 2048)
    for number in 1...SQLSMALLINT(64) {
      var state = [SQLWCHAR](repeating: 0, count: 6)
      var native: SQLINTEGER = 0
      var length: SQLSMALLINT = 0
      let status = SQLGetDiagRecW(
        kind.rawValue, handle, number, &state, &native, &text, SQLSMALLINT(text.count), &length)
      guard ODBCReturn(status).isSuccess else { break }
      // A longer message is cut: its first two thousand units say enough.
      let units = min(max(Int(length), 0), text.count - 1)
      records.append(
        ODBCDiagnostic(
          state: WideText.string(state.prefix(5)), native: Int(native), message: WideText.string(text.prefix(units))))
    }
    return records
  }
}
