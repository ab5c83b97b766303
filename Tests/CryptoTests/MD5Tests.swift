import Crypto
import Testing

@Suite struct MD5Tests {
  /// RFC 1321, A.5.
  @Test(arguments: [
    ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
    (
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "57edf4a22be3c955ac49da2e2107b67a"
    ),
  ])
  func publishedVectors(text: String, hex: String) throws {
    let hasher = try MD5()
    for byte in text.utf8 { withUnsafeBytes(of: byte) { hasher.update($0) } }
    #expect(Hex.encode(hasher.finalize()) == hex)
  }
}
