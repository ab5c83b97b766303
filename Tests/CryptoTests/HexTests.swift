import Crypto
import Testing

@Suite struct HexTests {
  @Test func everyByteBothWays() {
    let bytes = Array(UInt8.min...UInt8.max)
    let text = Hex.encode(bytes)
    #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
    #expect(Hex.decode(text) == bytes)
    #expect(Hex.decode(text.uppercased()) == bytes)
  }

  @Test(arguments: ["0", "0g", "zz", " 00", "é0", "000"])
  func textThatIsNoHex(text: String) {
    #expect(Hex.decode(text) == nil)
  }

  @Test(arguments: ["", "00", String(repeating: "0", count: 66)])
  func digestOfTheWrongLength(text: String) {
    #expect(SHA256Digest(hex: text) == nil)
  }

  @Test func digestBothWays() {
    let text = String(repeating: "0123456789abcdef", count: 4)
    #expect(SHA256Digest(hex: text)?.hex == text)
    #expect(SHA256Digest(hex: text) == SHA256Digest(hex: text.uppercased()))
    #expect(SHA256Digest(hex: text)?.hashValue == SHA256Digest(hex: text.uppercased())?.hashValue)
  }
}
