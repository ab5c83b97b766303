import Crypto
import Testing

@Suite struct AESKeyWrapTests {
  /// NIST SP 800-38A, F.1.1 and F.1.5: the first block, with a block of padding behind it.
  @Test(arguments: [
    ("2b7e151628aed2a6abf7158809cf4f3c", "3ad77bb40d7a3660a89ecaf32466ef97"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f3eed1bdb5d2a03c064b5a7e3db181f8"),
  ])
  func publishedVectors(master: String, first: String) throws {
    let key = try #require(Hex.decode("6bc1bee22e409f96e93d7e117393172a"))
    let wrapped = try AESKeyWrap.wrap(key, with: #require(Hex.decode(master)))
    #expect(wrapped.count == 32)
    #expect(Hex.encode(wrapped.prefix(16)) == first)
    #expect(try AESKeyWrap.unwrap(wrapped, with: #require(Hex.decode(master))) == key)
  }

  @Test(arguments: [16, 32], [16, 32])
  func keysOfEveryLengthComeBack(length: Int, masterLength: Int) throws {
    let key = try RandomBytes.make(length)
    let master = try RandomBytes.make(masterLength)
    let wrapped = try AESKeyWrap.wrap(key, with: master)
    #expect(wrapped.count == length + 16)
    #expect(try AESKeyWrap.unwrap(wrapped, with: master) == key)
  }

  @Test func damageAndOddLengthsAreRefused() throws {
    let master = [UInt8](repeating: 1, count: 16)
    let wrapped = try AESKeyWrap.wrap([UInt8](repeating: 2, count: 16), with: master)
    #expect(throws: CryptoError.self) { try AESKeyWrap.unwrap(Array(wrapped.dropLast()), with: master) }
    #expect(throws: CryptoError.self) { try AESKeyWrap.unwrap(wrapped, with: [1, 2, 3]) }
    // The last block's padding says 16; another master key finds no padding there.
    #expect(throws: CryptoError.self) {
      try AESKeyWrap.unwrap(wrapped, with: [UInt8](repeating: 3, count: 16))
    }
  }
}
