import COpenSSL

/// An MD5 hasher for one thread at a time: only for services that check a transfer by it.
package final class MD5 {
  private let context: OpaquePointer

  /// - Throws: ``CryptoError`` when OpenSSL offers no MD5, as in FIPS mode.
  package init() throws(CryptoError) {
    guard let context = EVP_MD_CTX_new() else { throw .fromOpenSSL("set up MD5") }
    guard EVP_DigestInit_ex2(context, EVP_md5(), nil) == 1 else {
      EVP_MD_CTX_free(context)
      throw .fromOpenSSL("set up MD5")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds `bytes` to what is being hashed.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    let updated = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(updated == 1, "MD5 refuses no input once it is set up")
  }

  /// The 16 bytes of the digest of everything; nothing may follow.
  package func finalize() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 16)
    let ended = EVP_DigestFinal_ex(context, &digest, nil)
    precondition(ended == 1, "MD5 refuses no end once it is set up")
    return digest
  }
}
