/// Bytes of a request's body that are made while they are sent.
///
/// A source belongs to the thread that sends. It is rewound before each sending, and also in the middle of one when
/// libcurl finds that the connection it kept had been closed.
package protocol BodySource: AnyObject {
  /// How many bytes ``read(into:)`` will give from the start to the end.
  var length: Int { get }

  /// Starts over from the first byte.
  ///
  /// - Throws: whatever makes that impossible; the request ends with ``HTTPError/Kind/body``.
  func rewind() throws

  /// Fills the front of `buffer` and says how many bytes it put there; 0 after the last.
  ///
  /// - Throws: whatever makes that impossible; the request ends with ``HTTPError/Kind/body``.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// A body that is in memory as a whole.
final class ByteSource: BodySource {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var length: Int { bytes.count }

  func rewind() { position = 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, bytes.count - position)
    buffer.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}
