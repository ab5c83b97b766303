package import Foundation

/// The `openssl` command, which makes keys and certificates that tests read.
package enum OpenSSL {
  /// What the command writes to its standard output for `input`.
  ///
  /// - Throws: ``Program/Failure`` with its standard error when it fails.
  package static func run(_ arguments: [String], input: Data = Data()) throws -> Data {
    try Command.run("/usr/bin/env", ["openssl"] + arguments, input: input)
  }

  /// A fresh RSA key as unencrypted PKCS#8 in PEM.
  package static func rsaKey(bits: Int = 2048) throws -> Data {
    try run(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(bits)"])
  }
}
