import COpenSSL

/// A private key that signs: RSA of 2048 bits and more, or an elliptic curve key on P-256.
///
/// `Sendable` because a key never changes after it was read, and OpenSSL lets threads share one that does not.
package final class PrivateKey: @unchecked Sendable {
  /// How it signs, in the names of RFC 7518.
  package enum Algorithm: String, Sendable {
    case rs256 = "RS256"
    case es256 = "ES256"
  }

  /// RSA keys below this are refused: Snowflake takes none.
  package static let smallestRSA = 2048

  package let algorithm: Algorithm
  private let key: OpaquePointer

  /// Reads a key: PEM (PKCS#8 plain or encrypted, PKCS#1, SEC 1), the same in DER, or base64 of DER in either alphabet.
  ///
  /// - Parameter passphrase: only looked at when the key is encrypted.
  /// - Throws: ``CryptoError`` with code `missingPassphrase`, `wrongPassphrase`, `notAKey` (a public key, a certificate
  ///   or anything else) or `unsupportedKey` (too small, another kind, encrypted in an outdated way).
  package init(_ bytes: [UInt8], passphrase: String? = nil) throws(CryptoError) {
    key = try KeyReader(bytes, passphrase: passphrase).read()
    do {
      algorithm = try Self.algorithm(of: key)
    } catch {
      EVP_PKEY_free(key)
      throw error
    }
  }

  deinit {
    EVP_PKEY_free(key)
  }

  /// The public half as SubjectPublicKeyInfo in DER: what `ALTER USER … SET RSA_PUBLIC_KEY` takes in base64.
  package func publicKey() throws(CryptoError) -> [UInt8] {
    var start: UnsafeMutablePointer<UInt8>?
    let count = i2d_PUBKEY(key, &start)
    guard count > 0, let start else { throw .fromOpenSSL("write the public key") }
    defer { CRYPTO_free(start, nil, 0) }
    return Array(UnsafeBufferPointer(start: start, count: Int(count)))
  }

  /// The SHA-256 of ``publicKey()``: 32 bytes.
  package func fingerprint() throws(CryptoError) -> [UInt8] {
    let hasher = try SHA256()
    let digest = try publicKey().withUnsafeBytes { hasher.digest($0) }
    return withUnsafeBytes(of: digest.words) { Array($0) }
  }

  /// Signs `message` with SHA-256, in the form that RFC 7518 gives the algorithm (3.3 and 3.4).
  package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .fromOpenSSL("sign") }
    defer { EVP_MD_CTX_free(context) }
    var length = 0
    guard EVP_DigestSignInit_ex(context, nil, "SHA256", nil, nil, key, nil) == 1,
      EVP_DigestSign(context, nil, &length, message, message.count) == 1
    else { throw .fromOpenSSL("sign") }
    var signature = [UInt8](repeating: 0, count: length)
    guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { throw .fromOpenSSL("sign") }
    signature.removeSubrange(length...)
    return algorithm == .es256 ? try Self.flat(signature) : signature
  }

  private static func algorithm(of key: OpaquePointer) throws(CryptoError) -> Algorithm {
    let bits = Int(EVP_PKEY_get_bits(key))
    switch EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_RSA where bits >= smallestRSA: return .rs256
    case EVP_PKEY_RSA:
      throw CryptoError(
        .unsupportedKey, operation: "use the private key",
        reason: "it has \(bits) bits; make an RSA key of \(smallestRSA) bits or more")
    case EVP_PKEY_EC where bits == 256 && curve(of: key) == "prime256v1": return .es256
    default:
      throw CryptoError(
        .unsupportedKey, operation: "use the private key",
        reason: "it is neither RSA nor an elliptic curve key on P-256; make an RSA key of \(smallestRSA) bits or more")
    }
  }

  private static func curve(of key: OpaquePointer) -> String {
    var name = [CChar](repeating: 0, count: 64)
    EVP_PKEY_get_group_name(key, &name, name.count, nil)
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The two numbers of an ECDSA signature in DER as 32 bytes each.
  private static func flat(_ signature: [UInt8]) throws(CryptoError) -> [UInt8] {
    let parsed = signature.withUnsafeBufferPointer { bytes in
      var position = bytes.baseAddress
      return d2i_ECDSA_SIG(nil, &position, bytes.count)
    }
    guard let parsed else { throw .fromOpenSSL("sign") }
    defer { ECDSA_SIG_free(parsed) }
    var flat = [UInt8](repeating: 0, count: 64)
    let written = flat.withUnsafeMutableBufferPointer { flat in
      BN_bn2binpad(ECDSA_SIG_get0_r(parsed), flat.baseAddress, 32)
        + BN_bn2binpad(ECDSA_SIG_get0_s(parsed), flat.baseAddress! + 32, 32)
    }
    guard written == 64 else { throw .fromOpenSSL("sign") }
    return flat
  }
}
