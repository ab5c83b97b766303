import COpenSSL
import Glibc

/// A SHA-256 hasher for one thread at a time: one value at once with ``digest(_:)``, or many pieces with
/// ``update(_:)`` and ``finalize()``.
///
/// A hasher keeps its OpenSSL context from one digest to the next, and all share one fetched algorithm: starting over
/// in a used context costs a fifth of letting OpenSSL look the algorithm up and make a context for each input.
package final class SHA256 {
  /// Bytes of a digest.
  package static let byteCount = 32

  private let context: OpaquePointer

  /// - Throws: ``CryptoError`` when OpenSSL offers no SHA-256 (a broken installation) or memory ran out.
  package init() throws(CryptoError) {
    guard let algorithm = Self.algorithm, let context = EVP_MD_CTX_new() else {
      throw .fromOpenSSL("set up SHA-256")
    }
    guard EVP_DigestInit_ex2(context, algorithm, nil) == 1 else {
      EVP_MD_CTX_free(context)
      throw .fromOpenSSL("set up SHA-256")
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// Adds `bytes` to what is being hashed.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    let updated = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(updated == 1, "SHA-256 refuses input only past 2^61 bytes")
  }

  /// The digest of all updates since the last one; the hasher starts over.
  package func finalize() -> SHA256Digest {
    var digest = SHA256Digest()
    withUnsafeMutableBytes(of: &digest.words) { finalize(into: $0.baseAddress!) }
    return digest
  }

  /// Writes the digest of all updates since the last one to the 32 bytes at `destination`; the hasher starts over.
  package func finalize(into destination: UnsafeMutableRawPointer) {
    let ended = EVP_DigestFinal_ex(context, destination.assumingMemoryBound(to: UInt8.self), nil)
    let restarted = EVP_DigestInit_ex2(context, nil, nil)
    precondition(ended == 1 && restarted == 1, "a context that was set up once neither allocates nor looks anything up")
  }

  /// Writes the digest of `bytes` alone to the 32 bytes at `destination`; not between ``update(_:)`` and
  /// ``finalize()``.
  package func digest(_ bytes: UnsafeRawBufferPointer, into destination: UnsafeMutableRawPointer) {
    update(bytes)
    finalize(into: destination)
  }

  /// The digest of `bytes` alone; not between ``update(_:)`` and ``finalize()``.
  package func digest(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
    update(bytes)
    return finalize()
  }

  /// Safe to share: OpenSSL never changes a fetched algorithm and counts its uses atomically.
  private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)
}

extension SHA256 {
  /// The digest of a file's bytes; blocks until all are read.
  ///
  /// - Throws: ``CryptoError`` with the operating system's words when the file cannot be opened or read.
  package static func digest(ofFile path: String) throws(CryptoError) -> SHA256Digest {
    let hasher = try SHA256()
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 {
        hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      } else if count == 0 {
        return hasher.finalize()
      } else if errno != EINTR {
        throw unreadable(path)
      }
    }
  }

  private static func unreadable(_ path: String) -> CryptoError {
    CryptoError(operation: "read \(path)", reason: String(cString: strerror(errno)))
  }
}
