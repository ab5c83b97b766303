import COpenSSL

/// Random bytes fit for keys.
package enum RandomBytes {
  /// - Throws: ``CryptoError`` when the system has no randomness to give.
  package static func make(_ count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .fromOpenSSL("make random bytes") }
    return bytes
  }
}
