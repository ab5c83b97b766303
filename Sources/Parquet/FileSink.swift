import Crypto
import Glibc

/// A file being written from its first byte to its last, hashed on the way.
final class FileSink {
  let path: String
  private(set) var position = 0
  private var descriptor: CInt
  private let hasher: SHA256

  /// Creates the file, or empties it; only its owner may read it, as it holds rows.
  ///
  /// - Throws: ``ParquetError`` with the errno of `open`.
  init(path: String) throws(ParquetError) {
    self.path = path
    do throws(CryptoError) {
      hasher = try SHA256()
    } catch {
      throw ParquetError(.unsupported, .create, path: path, message: "\(error)")
    }
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(errno, .create, path: path) }
  }

  deinit {
    abandon()
  }

  /// Closes the file as it is; does nothing to one that is closed.
  func abandon() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  /// Writes all of `bytes`; returns 0, or the errno that stopped it.
  func write(_ bytes: UnsafeRawBufferPointer) -> CInt {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno != EINTR {
        return errno
      }
    }
    hasher.update(bytes)
    position += bytes.count
    return 0
  }

  /// Brings the bytes to the disk, closes the file, and returns the SHA-256 of what was written.
  ///
  /// - Throws: ``ParquetError`` with the errno of `fsync` or `close`, either of which may be the first to tell that
  ///   the disk is full or broken.
  func close() throws(ParquetError) -> SHA256Digest {
    // A device or pipe cannot be synchronised and says EINVAL: there is nothing to bring anywhere then.
    if fsync(descriptor) != 0, errno != EINVAL { throw .system(errno, .close, path: path) }
    let closing = descriptor
    descriptor = -1
    if Glibc.close(closing) != 0, errno != EINTR { throw .system(errno, .close, path: path) }
    return hasher.finalize()
  }
}
