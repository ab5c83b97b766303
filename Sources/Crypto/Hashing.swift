/// The identity of texts.
package enum Hashing {
  /// The SHA-256 of the text's UTF-8, in hexadecimal.
  ///
  /// OpenSSL fails at this only when it has no SHA-256 at all, which no build of it that we can run on lacks.
  package static func fingerprint(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      guard let hasher = try? SHA256() else { preconditionFailure("OpenSSL has no SHA-256") }
      return hasher.digest(UnsafeRawBufferPointer(bytes)).hex
    }
  }
}
