import Crypto
import Foundation
import Testing

@Suite struct SHA256Tests {
  /// Vectors of FIPS 180-4, as NIST publishes them with the standard.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func publishedVectors(text: String, hex: String) throws {
    let hasher = try SHA256()
    #expect(Array(text.utf8).withUnsafeBytes { hasher.digest($0) }.hex == hex)
  }

  @Test func aMillionLettersInPieces() throws {
    let hasher = try SHA256()
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
    for _ in 0..<1000 { piece.withUnsafeBytes { hasher.update($0) } }
    #expect(hasher.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func aHasherStartsOverAfterEachDigest() throws {
    let hasher = try SHA256()
    let inputs = (0..<200).map { [UInt8](repeating: UInt8($0), count: $0) }
    let reused = inputs.map { input in input.withUnsafeBytes { hasher.digest($0) } }
    let fresh = try inputs.map { input in
      let hasher = try SHA256()
      return input.withUnsafeBytes { hasher.digest($0) }
    }
    #expect(reused == fresh)
    #expect(Set(reused).count == inputs.count)
  }

  @Test func digestIntoMemoryWritesOnlyItsBytes() throws {
    let hasher = try SHA256()
    var room = [UInt8](repeating: 0xEE, count: 40)
    room.withUnsafeMutableBytes { room in
      hasher.digest(UnsafeRawBufferPointer(start: nil, count: 0), into: room.baseAddress! + 4)
    }
    #expect(room[..<4].allSatisfy { $0 == 0xEE } && room[36...].allSatisfy { $0 == 0xEE })
    #expect(SHA256Digest(hex: Hex.encode(room[4..<36])) == hasher.finalize())
  }

  @Test func fileAsWholeAndMissing() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sha-\(UUID().uuidString)").path
    let bytes = Data((0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try bytes.write(to: URL(fileURLWithPath: path))
    let expected = try bytes.withUnsafeBytes { try SHA256().digest($0) }
    #expect(try SHA256.digest(ofFile: path) == expected)
    try FileManager.default.removeItem(atPath: path)
    let error = #expect(throws: CryptoError.self) { try SHA256.digest(ofFile: path) }
    #expect(error?.description == "cannot read \(path): No such file or directory")
  }
}
