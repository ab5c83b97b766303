import COpenSSL

/// A call into OpenSSL that failed; it names the call and never what was hashed.
package struct CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What a caller may want to tell apart.
  package enum Code: String, Sendable {
    case missingPassphrase, wrongPassphrase, notAKey, unsupportedKey
    case other
  }

  package let code: Code
  /// What was being done, as a verb and its object: `set up SHA-256`, `read /stage/a.parquet`.
  package let operation: String
  /// Why, in the words of OpenSSL or of the operating system.
  package let reason: String

  package init(_ code: Code = .other, operation: String, reason: String) {
    self.code = code
    self.operation = operation
    self.reason = reason
  }

  /// The error with the oldest entry of OpenSSL's queue as its reason; empties the queue of this thread.
  static func fromOpenSSL(_ operation: String) -> CryptoError {
    var text = [CChar](repeating: 0, count: 256)
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return CryptoError(operation: operation, reason: "OpenSSL gave no reason") }
    ERR_error_string_n(code, &text, text.count)
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return CryptoError(operation: operation, reason: String(decoding: bytes, as: UTF8.self))
  }

  package var description: String { "cannot \(operation): \(reason)" }
}
