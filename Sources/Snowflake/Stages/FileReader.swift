import Glibc

/// A file that is read from its start to its end, and over again; for one thread at a time.
final class FileReader {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws(SnowflakeError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    self.path = path
    guard descriptor >= 0 else { throw Self.failed("open", path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Bytes of the file at the moment.
  func size() throws(SnowflakeError) -> Int {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw Self.failed("look at", path) }
    return Int(facts.st_size)
  }

  func rewind() throws(SnowflakeError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failed("read", path) }
  }

  /// Fills `buffer`, with less only at the end of the file; how many bytes it put there.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SnowflakeError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = Glibc.read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw Self.failed("read", path)
      }
    }
    return filled
  }

  /// The error for a call that just set `errno`.
  static func failed(_ verb: String, _ path: String) -> SnowflakeError {
    SnowflakeError(.configuration, operation: "\(verb) \(path)", message: String(cString: strerror(errno)))
  }
}
