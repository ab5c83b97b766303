import Crypto
import Foundation
import Support
import Testing

/// Keys as `openssl` writes them, in every form, and signatures that `openssl` checks.
struct PrivateKeyTests {
  private static let pem = Result { try OpenSSL.rsaKey() }
  private static let passphrase = "two words, ü"

  private static func key(_ data: Data, _ passphrase: String? = nil) throws -> PrivateKey {
    try PrivateKey(Array(data), passphrase: passphrase)
  }

  private static func failure(_ data: Data, _ passphrase: String? = nil) throws -> CryptoError {
    try #require(throws: CryptoError.self) { try key(data, passphrase) }
  }

  @Test(arguments: [
    ["pkcs8", "-topk8", "-nocrypt"], ["rsa", "-traditional"], ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"],
    ["rsa", "-traditional", "-outform", "DER"],
  ])
  func plainForms(arguments: [String]) throws {
    let pem = try Self.pem.get()
    let data = try OpenSSL.run(arguments, input: pem)
    let expected = try OpenSSL.run(["pkey", "-pubout", "-outform", "DER"], input: pem)
    #expect(try Self.key(data).publicKey() == Array(expected))
    #expect(try Self.key(data, "not needed").publicKey() == Array(expected))
    guard arguments.last == "DER" else { return }
    let base64 = data.base64EncodedString(options: .lineLength64Characters)
    #expect(try Self.key(Data(base64.utf8)).publicKey() == Array(expected))
    let urlSafe = base64.filter { !$0.isWhitespace && $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
    #expect(try Self.key(Data(String(urlSafe).utf8)).publicKey() == Array(expected))
  }

  @Test(arguments: [
    ["pkcs8", "-topk8", "-v2", "aes-256-cbc"], ["pkcs8", "-topk8", "-v2", "aes-128-cbc", "-outform", "DER"],
    ["rsa", "-traditional", "-aes256"],
  ])
  func encryptedForms(arguments: [String]) throws {
    let pem = try Self.pem.get()
    let data = try OpenSSL.run(arguments + ["-passout", "pass:\(Self.passphrase)"], input: pem)
    #expect(try Self.key(data, Self.passphrase).publicKey() == Self.key(pem).publicKey())
    #expect(try Self.failure(data).code == .missingPassphrase)
    let wrong = try Self.failure(data, "other secret")
    #expect(wrong.code == .wrongPassphrase)
    #expect(!wrong.description.contains("other secret"))
    #expect(try Self.failure(data, "").code == .wrongPassphrase)
  }

  @Test func anOutdatedEncryptionIsNamed() throws {
    let data = try OpenSSL.run(
      ["pkcs8", "-topk8", "-v1", "PBE-MD5-DES", "-passout", "pass:x", "-provider", "legacy", "-provider", "default"],
      input: Self.pem.get())
    let error = try Self.failure(data, "x")
    #expect(error.code == .unsupportedKey)
    #expect(error.description.contains("-v2 aes-256-cbc"))
  }

  @Test func whatIsNoPrivateKeyIsRefused() throws {
    let pem = try Self.pem.get()
    let publicKey = try Self.failure(OpenSSL.run(["pkey", "-pubout"], input: pem))
    #expect(publicKey.description == "cannot read the private key: it is a public key; give the private key")
    let damaged = Data(String(decoding: pem, as: UTF8.self).replacingOccurrences(of: "MII", with: "NII").utf8)
    for data in [
      Data(), Data("hello".utf8), Data("aGVsbG8=".utf8), Data([0x30, 3, 1, 2, 3]), damaged, pem.prefix(500),
    ] {
      #expect(try Self.failure(data).code == .notAKey)
    }
  }

  @Test func keysThatAreTooSmallOrOfAnotherKindAreRefused() throws {
    let small = try Self.failure(OpenSSL.rsaKey(bits: 1024))
    #expect(small.code == .unsupportedKey)
    #expect(small.description.contains("1024 bits"))
    #expect(try Self.failure(OpenSSL.run(["genpkey", "-algorithm", "ED25519"])).code == .unsupportedKey)
    let curve = ["genpkey", "-algorithm", "EC", "-pkeyopt"]
    #expect(try Self.failure(OpenSSL.run(curve + ["ec_paramgen_curve:P-384"])).code == .unsupportedKey)
    #expect(try Self.failure(OpenSSL.run(curve + ["ec_paramgen_curve:secp256k1"])).code == .unsupportedKey)
  }

  @Test func theFingerprintIsThatOfThePublicKey() throws {
    let pem = try Self.pem.get()
    let publicKey = try OpenSSL.run(["pkey", "-pubout", "-outform", "DER"], input: pem)
    let expected = try OpenSSL.run(["dgst", "-sha256", "-binary"], input: publicKey)
    #expect(try Self.key(pem).fingerprint() == Array(expected))
  }

  @Test func signaturesAreGood() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String, _ data: Data) throws -> String {
      try data.write(to: folder.appendingPathComponent(name))
      return folder.appendingPathComponent(name).path
    }
    let pem = try Self.pem.get()
    let key = try Self.key(pem)
    #expect(key.algorithm == .rs256)
    let message = Data("header.payload".utf8)
    let publicKey = try file("public", OpenSSL.run(["pkey", "-pubout"], input: pem))
    let signature = try file("signature", Data(key.sign(Array(message))))
    let check = ["dgst", "-sha256", "-verify", publicKey, "-signature", signature]
    #expect(try String(decoding: OpenSSL.run(check, input: message), as: UTF8.self) == "Verified OK\n")
    #expect(throws: Program.Failure.self) { try OpenSSL.run(check, input: message + [0]) }
  }

  @Test func anEllipticSignatureIsTwoNumbersOf32Bytes() throws {
    let pem = try OpenSSL.run(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
    let key = try Self.key(pem)
    #expect(key.algorithm == .es256)
    for _ in 0..<50 { #expect(try key.sign([1, 2, 3]).count == 64) }
  }
}
