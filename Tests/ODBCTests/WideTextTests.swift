import ODBC
import Testing

@Suite struct WideTextTests {
  @Test(arguments: [
    "", "plain", "é", "漢", "😀a😀", "\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}",
    "eight by", "sixteen letters.and one", "a\u{7f}\u{80}seven letters ahead of é and eight, 漢 and 12345678😀87654321é",
  ])
  func becomesUTF8(text: String) {
    var bytes: [UInt8] = []
    let isText = Array(text.utf16).withUnsafeBufferPointer { WideText.append($0, to: &bytes) }
    #expect(isText)
    #expect(bytes == Array(text.utf8))
  }

  @Test(
    arguments: [
      [0xD800], [0x41, 0xD83D], [0xD83D, 0x41], [0xDC00], [0xDE00, 0xD83D],
      Array(repeating: 0x41, count: 9) + [0xD800] + Array(repeating: 0x41, count: 9),
    ] as [[UInt16]])
  func aLoneSurrogateIsNoText(units: [UInt16]) {
    var bytes: [UInt8] = []
    #expect(!units.withUnsafeBufferPointer { WideText.append($0, to: &bytes) })
  }
}
