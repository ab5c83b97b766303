import Foundation
import Plans
import Testing

struct RowDigestTests {
  @Test func `A digest is three numbers and comes back`() throws {
    let digest = RowDigest(rows: 3, high: 255, low: .max)
    #expect(digest.description == "3:00000000000000ff:ffffffffffffffff")
    #expect(RowDigest(digest.description) == digest)
    #expect(try JSONDecoder().decode([RowDigest].self, from: JSONEncoder().encode([digest])) == [digest])
  }

  @Test(arguments: ["", "1", "1:2", "1:2:3:4", "a:0:0", "1:g:0", "1:0:10000000000000000", "1::0"])
  func `Another text is none`(text: String) {
    #expect(RowDigest(text) == nil)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([RowDigest].self, from: Data("[\"\(text)\"]".utf8)) }
  }

  @Test func `Digests of disjoint rows add up in any order`() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<100 {
      let words = (0..<Int.random(in: 0...20, using: &random)).map { _ in (random.next(), random.next()) }
      var all = RowDigest()
      for word in words { all.add(high: word.0, low: word.1) }
      var halves = [RowDigest(), RowDigest()]
      for word in words.shuffled(using: &random) { halves[Int(word.0 & 1)].add(high: word.0, low: word.1) }
      #expect(halves[1] + halves[0] == all)
    }
  }
}
