import COpenSSL

/// Keys of files wrapped in another key: AES in ECB mode with PKCS#7 padding, as Snowflake's drivers do it.
///
/// ECB is sound here alone: what is wrapped is random and a block or two long.
package enum AESKeyWrap {
  /// `key` under the 16, 24 or 32 bytes of `master`: a block longer than the key.
  package static func wrap(_ key: [UInt8], with master: [UInt8]) throws(CryptoError) -> [UInt8] {
    try run(key, master, encrypt: true)
  }

  /// The key that ``wrap(_:with:)`` hid.
  ///
  /// - Throws: ``CryptoError`` when `master` is not the key it was wrapped with, or the text is damaged.
  package static func unwrap(_ wrapped: [UInt8], with master: [UInt8]) throws(CryptoError) -> [UInt8] {
    try run(wrapped, master, encrypt: false)
  }

  private static func run(_ input: [UInt8], _ master: [UInt8], encrypt: Bool) throws(CryptoError) -> [UInt8] {
    let name = encrypt ? "wrap a key" : "unwrap a key"
    guard let cipher = AESMode.ecb.cipher(keyLength: master.count), input.count <= 256 else {
      throw CryptoError(operation: name, reason: "the master key has \(master.count) bytes, the text \(input.count)")
    }
    guard let context = EVP_CIPHER_CTX_new() else { throw .fromOpenSSL(name) }
    defer { EVP_CIPHER_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: input.count + 2 * AESStream.blockLength)
    var written: Int32 = 0
    var last: Int32 = 0
    guard EVP_CipherInit_ex2(context, cipher, master, nil, encrypt ? 1 : 0, nil) == 1,
      EVP_CipherUpdate(context, &output, &written, input, Int32(input.count)) == 1,
      output.withUnsafeMutableBufferPointer({
        EVP_CipherFinal_ex(context, $0.baseAddress! + Int(written), &last) == 1
      })
    else { throw .fromOpenSSL(name) }
    return Array(output.prefix(Int(written + last)))
  }
}
