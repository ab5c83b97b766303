import Crypto
import Testing

@Suite struct RandomBytesTests {
  @Test func asManyAsAskedForAndNeverTheSame() throws {
    #expect(try RandomBytes.make(0).isEmpty)
    let some = try (0..<100).map { _ in try RandomBytes.make(16) }
    #expect(some.allSatisfy { $0.count == 16 } && Set(some).count == 100)
  }
}
