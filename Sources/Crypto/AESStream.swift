import COpenSSL

/// AES in CBC mode with PKCS#7 padding over a stream of any length, in one direction: for one thread at a time.
///
/// The key's length (16, 24 or 32 bytes) chooses AES-128, AES-192 or AES-256. Encrypted text is always longer than the
/// plain one: see ``encryptedLength(of:)``. CBC does not notice changed text; only damaged padding is found.
package final class AESStream {
  /// Which way a stream goes.
  package enum Direction: Sendable {
    case encrypt, decrypt
  }

  /// Bytes of a block and of an initialization vector.
  package static let blockLength = 16

  private let context: OpaquePointer
  private let direction: Direction

  /// - Parameters:
  ///   - key: 16, 24 or 32 bytes.
  ///   - iv: 16 bytes, new for every text under the same key.
  /// - Throws: ``CryptoError`` for other lengths, or when memory ran out.
  package init(_ direction: Direction, key: [UInt8], iv: [UInt8]) throws(CryptoError) {
    guard let cipher = AESMode.cbc.cipher(keyLength: key.count), iv.count == Self.blockLength else {
      throw CryptoError(operation: "set up AES", reason: "a key has 16, 24 or 32 bytes, a vector 16")
    }
    guard let context = EVP_CIPHER_CTX_new() else { throw .fromOpenSSL("set up AES") }
    guard EVP_CipherInit_ex2(context, cipher, key, iv, direction == .encrypt ? 1 : 0, nil) == 1 else {
      EVP_CIPHER_CTX_free(context)
      throw .fromOpenSSL("set up AES")
    }
    self.context = context
    self.direction = direction
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// How many bytes a plain text of so many becomes: a whole number of blocks, and a block more when it is one already.
  package static func encryptedLength(of length: Int) -> Int { (length / blockLength + 1) * blockLength }

  /// Takes `input` and writes what is ready to the front of `output`, which has room for a block more than `input`.
  ///
  /// - Returns: how many bytes it wrote.
  package func update(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(CryptoError)
    -> Int
  {
    precondition(output.count >= input.count + Self.blockLength, "the output is too small")
    precondition(input.count <= Int32.max - 64, "OpenSSL counts in 32 bits")
    guard !input.isEmpty else { return 0 }
    var written: Int32 = 0
    guard
      EVP_CipherUpdate(
        context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
        input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count)) == 1
    else { throw .fromOpenSSL(name) }
    return Int(written)
  }

  /// Writes the last bytes to the front of `output`, which has room for a block; nothing may follow.
  ///
  /// - Returns: how many bytes it wrote.
  /// - Throws: ``CryptoError`` when the padding is damaged: another key, another vector, or a text that was cut short.
  package func finish(into output: UnsafeMutableRawBufferPointer) throws(CryptoError) -> Int {
    precondition(output.count >= Self.blockLength, "the output is too small")
    var written: Int32 = 0
    guard
      EVP_CipherFinal_ex(context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written) == 1
    else { throw .fromOpenSSL(name) }
    return Int(written)
  }

  private var name: String { direction == .encrypt ? "encrypt" : "decrypt" }
}

/// The modes of AES in use; the ciphers behind them are OpenSSL's own and never freed.
enum AESMode {
  case cbc, ecb

  /// The cipher for a key of so many bytes; nil for a length that AES has not.
  func cipher(keyLength: Int) -> OpaquePointer? {
    switch (self, keyLength) {
    case (.cbc, 16): EVP_aes_128_cbc()
    case (.cbc, 24): EVP_aes_192_cbc()
    case (.cbc, 32): EVP_aes_256_cbc()
    case (.ecb, 16): EVP_aes_128_ecb()
    case (.ecb, 24): EVP_aes_192_ecb()
    case (.ecb, 32): EVP_aes_256_ecb()
    default: nil
    }
  }
}
