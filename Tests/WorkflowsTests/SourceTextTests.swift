import Testing
import Workflows

@Suite struct SourceTextTests {
  @Test func countsLinesByEveryLineEnd() {
    let text = SourceText(Array("a\nb\r\nc\rd".utf8))
    #expect(text.lineCount == 4)
    #expect(
      [0, 1, 2, 3, 5, 7].map { text.position(at: $0).description } == ["1:1", "1:2", "2:1", "2:2", "3:1", "4:1"])
  }

  @Test func countsCharactersNotBytes() {
    let text = SourceText(Array("é😀x".utf8))
    #expect(text.position(at: 2).column == 2)
    #expect(text.position(at: 6).column == 3)
  }

  @Test func takesOffsetsBehindTheEndAsTheEnd() {
    let text = SourceText(Array("ab\n".utf8))
    #expect(text.position(at: 99) == Position(line: 2, column: 1))
    #expect(SourceText([]).position(at: 5) == Position(line: 1, column: 1))
  }
}
