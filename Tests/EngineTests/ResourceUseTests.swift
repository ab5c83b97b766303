import Engine
import Testing

@Suite struct ResourceUseTests {
  @Test func growsWithWhatIsUsed() {
    let before = ResourceUse.current
    #expect(before.peakMemory > 1_000_000)
    let size = before.peakMemory + 50_000_000
    // Touched page by page, so that it is resident.
    var bytes = [UInt8](repeating: 1, count: size)
    for index in stride(from: 0, to: size, by: 4096) { bytes[index] &+= 1 }
    #expect(bytes.contains(2))
    let after = ResourceUse.current
    #expect(after.peakMemory >= size)
    #expect(after.cpuSeconds > before.cpuSeconds)
  }
}
