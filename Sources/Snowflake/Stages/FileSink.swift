import Crypto
import Foundation

/// A file in the making, and the digest of what was written so far.
final class FileSink: ObjectSink {
  let path: String
  private(set) var count = 0
  private let descriptor: Int32
  private let hasher: SHA256

  init(_ path: String) throws(SnowflakeError) {
    do {
      hasher = try SHA256()
    } catch {
      throw SnowflakeError(.configuration, operation: "write \(path)", message: error.reason, underlying: error)
    }
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileReader.failed("write", path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func start() throws(SnowflakeError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileReader.failed("write", path)
    }
    count = 0
    _ = hasher.finalize()
  }

  func take(_ bytes: UnsafeRawBufferPointer) throws(SnowflakeError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let written = write(descriptor, piece.baseAddress, piece.count)
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw FileReader.failed("write", path)
      }
    }
    hasher.update(bytes)
    count += bytes.count
  }

  /// Compares what was written with the digest that an object carries, if it carries one.
  func check(_ wanted: String?, _ name: String) throws(SnowflakeError) {
    let digest = hasher.finalize()
    guard let wanted else { return }
    guard withUnsafeBytes(of: digest.words, { Data($0).base64EncodedString() }) == wanted else {
      throw SnowflakeError(
        .unexpectedAnswer, operation: "download \(name)", message: "its bytes are not what its digest says")
    }
  }

  /// Takes its place under another name, replacing what is there.
  func become(_ target: String) throws(SnowflakeError) {
    guard rename(path, target) == 0 else { throw FileReader.failed("write", target) }
  }

  /// Takes the unfinished file away, if it is still there.
  func remove() { unlink(path) }
}
