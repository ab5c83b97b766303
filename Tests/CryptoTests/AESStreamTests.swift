import Crypto
import Testing

@Suite struct AESStreamTests {
  /// NIST SP 800-38A, F.2.1 (128 bits) and F.2.5 (256 bits): four blocks of plain text.
  private static let plain = Hex.decode(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
      + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")!
  private static let vector = Hex.decode("000102030405060708090a0b0c0d0e0f")!

  @Test(arguments: [
    (
      "2b7e151628aed2a6abf7158809cf4f3c",
      "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
        + "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"
    ),
    (
      "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
      "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
        + "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"
    ),
  ])
  func publishedVectors(key: String, encrypted: String) throws {
    let key = try #require(Hex.decode(key))
    let text = try run(.encrypt, Self.plain, key: key)
    #expect(Hex.encode(text.prefix(64)) == encrypted)
    // The plain text is four whole blocks, so a block of padding follows.
    #expect(text.count == 80)
    #expect(try run(.decrypt, text, key: key) == Self.plain)
  }

  @Test(arguments: [16, 24, 32], [0, 1, 15, 16, 17, 4095, 4096, 4097])
  func everySizeComesBack(keyLength: Int, size: Int) throws {
    let key = try RandomBytes.make(keyLength)
    let plain = try RandomBytes.make(size)
    let encrypted = try run(.encrypt, plain, key: key)
    #expect(encrypted.count == AESStream.encryptedLength(of: size))
    #expect(try run(.decrypt, encrypted, key: key) == plain)
  }

  /// Pieces of any size come to the same text as one piece.
  @Test func piecesDoNotMatter() throws {
    let key = try RandomBytes.make(16)
    let plain = try RandomBytes.make(5000)
    let whole = try run(.encrypt, plain, key: key)
    for piece in [1, 7, 16, 31, 1024] {
      #expect(try run(.encrypt, plain, key: key, piece: piece) == whole)
      #expect(try run(.decrypt, whole, key: key, piece: piece) == plain)
    }
  }

  /// More than 64 MiB: the digest of what comes back is that of what went in, with no more than a piece in memory.
  @Test func aLongStream() throws {
    let key = try RandomBytes.make(32)
    let encrypting = try AESStream(.encrypt, key: key, iv: Self.vector)
    let decrypting = try AESStream(.decrypt, key: key, iv: Self.vector)
    let before = try SHA256()
    let after = try SHA256()
    var piece = try RandomBytes.make(1 << 20)
    var middle = [UInt8](repeating: 0, count: piece.count + 16)
    var end = [UInt8](repeating: 0, count: middle.count + 16)
    var encrypted = 0
    for index in 0...64 {
      piece[0] = UInt8(index)
      let used = index == 64 ? 17 : piece.count
      piece.withUnsafeBytes { before.update(UnsafeRawBufferPointer(rebasing: $0[..<used])) }
      try pass(encrypting, piece[..<used], &middle, &encrypted)
      try pass(decrypting, &end, after)
    }
    var count = try middle.withUnsafeMutableBytes { try encrypting.finish(into: $0) }
    encrypted += count
    middle.removeLast(middle.count - count)
    middle.append(contentsOf: [UInt8](repeating: 0, count: 16))
    count = try middle[..<count].withUnsafeBytes { input in
      try end.withUnsafeMutableBytes { try decrypting.update(input, into: $0) }
    }
    end.withUnsafeBytes { after.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    count = try end.withUnsafeMutableBytes { try decrypting.finish(into: $0) }
    end.withUnsafeBytes { after.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    #expect(encrypted == AESStream.encryptedLength(of: (64 << 20) + 17))
    #expect(after.finalize() == before.finalize())

    func pass(_ stream: AESStream, _ input: ArraySlice<UInt8>, _ output: inout [UInt8], _ total: inout Int) throws {
      output = [UInt8](repeating: 0, count: input.count + 16)
      let count = try input.withUnsafeBytes { input in
        try output.withUnsafeMutableBytes { try stream.update(input, into: $0) }
      }
      output.removeLast(output.count - count)
      total += count
    }

    func pass(_ stream: AESStream, _ output: inout [UInt8], _ hasher: SHA256) throws {
      let count = try middle.withUnsafeBytes { input in
        try output.withUnsafeMutableBytes { try stream.update(input, into: $0) }
      }
      output.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  @Test func wrongLengthsAreRefused() {
    #expect(throws: CryptoError.self) { try AESStream(.encrypt, key: [1, 2, 3], iv: Self.vector) }
    #expect(throws: CryptoError.self) { try AESStream(.encrypt, key: Self.vector, iv: [1]) }
  }

  @Test func aTextThatWasCutShortIsNoticed() throws {
    let key = try RandomBytes.make(16)
    let encrypted = try run(.encrypt, [UInt8](repeating: 7, count: 100), key: key)
    #expect(throws: CryptoError.self) { try run(.decrypt, Array(encrypted.dropLast(1)), key: key) }
    #expect(throws: CryptoError.self) { try run(.decrypt, [], key: key) }
  }

  private func run(_ direction: AESStream.Direction, _ input: [UInt8], key: [UInt8], piece: Int = 1 << 20) throws
    -> [UInt8]
  {
    let stream = try AESStream(direction, key: key, iv: Self.vector)
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece + 16)
    for start in stride(from: 0, to: input.count, by: piece) {
      let count = try input[start..<min(input.count, start + piece)].withUnsafeBytes { input in
        try buffer.withUnsafeMutableBytes { try stream.update(input, into: $0) }
      }
      output += buffer[..<count]
    }
    let count = try buffer.withUnsafeMutableBytes { try stream.finish(into: $0) }
    return output + buffer[..<count]
  }
}
