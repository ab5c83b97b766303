import COpenSSL
import Foundation

/// Finds out in which form a private key was given, and reads it.
struct KeyReader {
  private static let operation = "read the private key"
  private let bytes: [UInt8]
  private let passphrase: String?

  init(_ bytes: [UInt8], passphrase: String?) {
    self.bytes = bytes
    self.passphrase = passphrase
  }

  /// The key, which the caller frees.
  func read() throws(CryptoError) -> OpaquePointer {
    ERR_clear_error()
    defer { ERR_clear_error() }
    let dashes = Array("-----BEGIN ".utf8)
    if let start = bytes.firstRange(of: dashes) {
      let label = String(decoding: bytes[start.upperBound...].prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self)
      guard label.hasSuffix("PRIVATE KEY") else {
        throw CryptoError(
          .notAKey, operation: Self.operation, reason: "it is a \(label.lowercased()); give the private key")
      }
      return try read(bytes) { PEM_read_bio_PrivateKey($0, nil, answer, $1) }
    }
    if bytes.first == 0x30 { return try readDER(bytes) }
    let text = String(decoding: bytes.filter { $0 > 32 }, as: UTF8.self)
      .replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    let unpadded = text.prefix { $0 != "=" }
    let padded = unpadded + String(repeating: "=", count: (4 - unpadded.count % 4) % 4)
    guard let data = Data(base64Encoded: String(padded)), data.first == 0x30 else {
      throw CryptoError(
        .notAKey, operation: Self.operation, reason: "it is neither PEM, nor DER, nor base64 of DER")
    }
    return try readDER(Array(data))
  }

  private func readDER(_ bytes: [UInt8]) throws(CryptoError) -> OpaquePointer {
    let plain = bytes.withUnsafeBufferPointer { bytes in
      var position = bytes.baseAddress
      return d2i_AutoPrivateKey(nil, &position, bytes.count)
    }
    if let plain { return plain }
    ERR_clear_error()
    return try read(bytes) { d2i_PKCS8PrivateKey_bio($0, nil, answer, $1) }
  }

  private func read(
    _ bytes: [UInt8], _ parse: (OpaquePointer?, UnsafeMutableRawPointer) -> OpaquePointer?
  ) throws(CryptoError) -> OpaquePointer {
    let prompt = Prompt(passphrase)
    let key = bytes.withUnsafeBytes { bytes -> OpaquePointer? in
      guard let input = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
      defer { BIO_free(input) }
      return withExtendedLifetime(prompt) {
        parse(input, Unmanaged.passUnretained(prompt).toOpaque())
      }
    }
    if let key { return key }
    throw failure(prompt)
  }

  private func failure(_ prompt: Prompt) -> CryptoError {
    guard prompt.wasAsked else {
      return CryptoError(.notAKey, operation: Self.operation, reason: "it is damaged, or no private key")
    }
    guard passphrase != nil else {
      return CryptoError(.missingPassphrase, operation: Self.operation, reason: "it is encrypted; give its passphrase")
    }
    if lacksAlgorithm() {
      return CryptoError(
        .unsupportedKey, operation: Self.operation,
        reason: "it is encrypted in an outdated way; encrypt it again with openssl pkcs8 -topk8 -v2 aes-256-cbc")
    }
    return CryptoError(.wrongPassphrase, operation: Self.operation, reason: "the passphrase does not fit")
  }

  /// Whether OpenSSL looked for a cipher or a digest that it does not offer; empties its queue of errors.
  private func lacksAlgorithm() -> Bool {
    var lacks = false
    while true {
      let code = ERR_get_error()
      guard code != 0 else { return lacks }
      if ERR_GET_LIB(code) == ERR_LIB_EVP, ERR_GET_REASON(code) == unsupportedReason { lacks = true }
    }
  }
}

/// `ERR_R_UNSUPPORTED`, a macro that Swift does not see.
private let unsupportedReason: Int32 = 0x8010C

/// Answers OpenSSL's question for the passphrase.
private final class Prompt {
  let passphrase: String?
  var wasAsked = false

  init(_ passphrase: String?) {
    self.passphrase = passphrase
  }
}

private func answer(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isWriting: Int32, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let buffer, let context else { return -1 }
  let prompt = Unmanaged<Prompt>.fromOpaque(context).takeUnretainedValue()
  prompt.wasAsked = true
  guard let passphrase = prompt.passphrase, passphrase.utf8.count <= Int(size) else { return -1 }
  for (index, byte) in passphrase.utf8.enumerated() { buffer[index] = CChar(bitPattern: byte) }
  return Int32(passphrase.utf8.count)
}
