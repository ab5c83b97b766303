import Testing
import Workflows

@Suite struct ISODurationTests {
  @Test(arguments: [
    ("PT15M", 900.0, "PT15M"), ("P1D", 86_400, "P1D"), ("P2W", 1_209_600, "P14D"), ("P1DT2H3M4S", 93_784, "P1DT2H3M4S"),
    ("PT0.5S", 0.5, "PT0.5S"), ("PT1,25H", 4_500, "PT1H15M"), ("PT90M", 5_400, "PT1H30M"), ("PT0S", 0, "PT0S"),
    ("PT36H", 129_600, "P1DT12H"), ("P1.5D", 129_600, "P1DT12H"), ("PT0.000000001S", 1e-9, "PT0.000000001S"),
  ])
  func readsAndWrites(_ text: String, _ seconds: Double, _ canonical: String) throws {
    let duration = try #require(ISODuration.parse(text))
    #expect(duration == .nanoseconds(Int64((seconds * 1e9).rounded())))
    #expect(ISODuration.text(duration) == canonical)
    #expect(ISODuration.parse(canonical) == duration)
  }

  @Test(arguments: [
    "", "P", "PT", "P1DT", "15M", "P1M", "P1Y", "PT1D", "PT1S2M", "PT1M1M", "P-1D", "PT1.5M2S", "P1.5DT1H", "PT.5S",
    "PT5.S",
    "PT1.2.3S", "PT1", "pt1s", "PT 1S", "P1D ", "PT١S", "PT99999999999999999999S", "PT9999999999999S", "P1.5DT1S",
    "PT0.0000000001S",
  ])
  func refuses(_ text: String) {
    #expect(ISODuration.parse(text) == nil)
  }
}
