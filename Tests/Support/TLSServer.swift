import Foundation

/// `openssl s_server` on a free port, with a certificate for `localhost` made for it.
package final class TLSServer: Sendable {
  package let port: Int
  /// The certificate, for whoever is to trust it.
  package let certificate: String
  private let process: Process

  /// - Parameter options: of `s_server`, such as the one protocol it is to speak.
  package init(_ options: [String] = []) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    certificate = folder + "/cert.pem"
    _ = try OpenSSL.run([
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder + "/key.pem", "-out", certificate, "-days",
      "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    ])
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["openssl", "s_server", "-accept", "0", "-www", "-cert", certificate, "-key", folder + "/key.pem"] + options
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var words = ""
    while !words.hasSuffix("\n") || !words.contains("ACCEPT") {
      guard let piece = try output.fileHandleForReading.read(upToCount: 1), !piece.isEmpty else {
        throw Program.Failure(description: "openssl s_server did not start: \(words)")
      }
      words += String(decoding: piece, as: UTF8.self)
    }
    guard let port = words.split(whereSeparator: { $0 == ":" || $0.isNewline }).last.flatMap({ Int($0) }) else {
      throw Program.Failure(description: "openssl s_server named no port: \(words)")
    }
    self.port = port
  }

  deinit {
    process.terminate()
  }
}
