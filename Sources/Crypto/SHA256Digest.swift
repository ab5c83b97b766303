/// The 32 bytes of a SHA-256, held without an allocation.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
  /// The bytes in order, eight to a word, as they lie in memory.
  package var words: (UInt64, UInt64, UInt64, UInt64)

  /// Thirty-two zero bytes, to be written over.
  package init() {
    words = (0, 0, 0, 0)
  }

  /// The digest that 64 hexadecimal digits write; nil for any other text.
  package init?(hex: some StringProtocol) {
    guard let bytes = Hex.decode(hex), bytes.count == SHA256.byteCount else { return nil }
    self.init()
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
  }

  /// Sixty-four lower-case hexadecimal digits.
  package var hex: String {
    withUnsafeBytes(of: words) { Hex.encode($0) }
  }

  package var description: String { hex }

  package static func == (a: SHA256Digest, b: SHA256Digest) -> Bool { a.words == b.words }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}
