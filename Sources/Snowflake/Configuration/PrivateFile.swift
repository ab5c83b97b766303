import Foundation
import Glibc

/// A file with secrets, of which others must keep their hands.
struct PrivateFile {
  /// What was read, and what is not forbidden but should not be.
  struct Content {
    let bytes: [UInt8]
    let warning: String?
  }

  /// A key, a token or a configuration is some KB.
  private static let limit = 1 << 20

  let path: String

  init(_ path: String) {
    self.path = path
  }

  /// Reads the file.
  ///
  /// - Throws: ``SnowflakeError`` of kind `configuration` when it cannot be read, or others than its owner may write it.
  func read() throws(SnowflakeError) -> Content {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw error("it is no file") }
    let complaint = Self.complaint(
      mode: status.st_mode, owner: status.st_uid, user: geteuid(), skipsReadCheck: Self.skipsReadCheck)
    if case .refusal(let reason)? = complaint { throw error(reason) }
    guard let data = try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).read(upToCount: Self.limit + 1),
      data.count <= Self.limit
    else { throw error("it cannot be read, or is longer than \(Self.limit) bytes") }
    guard case .warning(let reason)? = complaint else { return Content(bytes: Array(data), warning: nil) }
    return Content(bytes: Array(data), warning: "\(path): \(reason)")
  }

  enum Complaint: Hashable {
    case refusal(String)
    case warning(String)
  }

  /// What is wrong with the permissions of a file that holds a secret.
  static func complaint(mode: UInt32, owner: UInt32, user: UInt32, skipsReadCheck: Bool) -> Complaint? {
    if mode & 0o022 != 0 { return .refusal("others may write it; forbid that with chmod 0600") }
    if owner != user && owner != 0 { return .warning("it belongs to another user") }
    if mode & 0o044 != 0 && !skipsReadCheck { return .warning("others may read it; forbid that with chmod 0600") }
    return nil
  }

  /// Containers set these where permissions of mounted files cannot be chosen.
  private static var skipsReadCheck: Bool {
    ["SF_SKIP_TOKEN_FILE_PERMISSIONS_VERIFICATION", "SKIP_TOKEN_FILE_PERMISSIONS_VERIFICATION"]
      .contains { ProcessInfo.processInfo.environment[$0]?.lowercased() == "true" }
  }

  private func error(_ reason: String) -> SnowflakeError {
    SnowflakeError(.configuration, operation: "read \(path)", message: reason)
  }
}
