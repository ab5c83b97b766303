import Foundation

/// A program of the user's that prints credentials as JSON.
///
/// Format: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
struct AWSCredentialProcess {
  private let command: String
  private let place: String

  init(_ command: String, _ place: String) {
    self.command = command
    self.place = place
  }

  /// Runs it and waits; what it prints is never shown, for it holds secrets.
  func run() throws(AWSError) -> AWSCredentials {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch {
      throw AWSError(.noCredentials, place, "its credential_process cannot be started")
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw AWSError(
        .noCredentials, place, "its credential_process ended with status \(process.terminationStatus); run it by hand")
    }
    guard let answer = AWSCaller.object(Array(data)), answer["Version"] as? Int == 1,
      let key = answer["AccessKeyId"] as? String, let secret = answer["SecretAccessKey"] as? String
    else { throw AWSError(.malformed, place, "its credential_process printed no credentials of version 1") }
    return AWSCredentials(
      keyID: key, secretKey: secret, sessionToken: answer["SessionToken"] as? String,
      expiration: (answer["Expiration"] as? String).flatMap(AWSTime.milliseconds))
  }
}
