import Snowflake
import Testing

struct WireTextTests {
  @Test func decimalsAreExact() throws {
    let most = try #require(WireText.decimal("-99999999999999999999999999999999999.999"))
    #expect(most.unscaled == -99_999_999_999_999_999_999_999_999_999_999_999_999)
    #expect(most.scale == 3)
    #expect(try #require(WireText.decimal("-0.05")).unscaled == -5)
    for text in ["", "-", "1.2.3", "1-", "1e5", "0x1", " 1", "1,0"] {
      #expect(WireText.decimal(text) == nil, "\(text)")
    }
  }

  @Test func theFractionBelongsToTheSignedNumber() {
    #expect(WireText.timestamp("-0.5") == -500_000_000)
    #expect(WireText.timestamp("-1.000000001") == -1_000_000_001)
    #expect(WireText.timestamp("253402300799.999999999") == 253_402_300_799_999_999_999)
    #expect(WireText.timestamp("1.0000000001") == nil)
    let zoned = WireText.timestampTZ("1.5 1380")
    #expect(zoned?.nanoseconds == 1_500_000_000)
    #expect(zoned?.offsetMinutes == -60)
    #expect(WireText.timestampTZ("1.5") == nil)
    #expect(WireText.time("86399.999999999") == 86_399_999_999_999)
  }

  @Test func scalars() {
    #expect(WireText.bool("1") == true && WireText.bool("false") == false && WireText.bool("2") == nil)
    #expect(WireText.double("-inf") == -.infinity && WireText.double("NaN")?.isNaN == true)
    #expect(WireText.date("-719162") == -719_162)
    #expect(WireText.binary("00fF") == [0, 255] && WireText.binary("0") == nil)
    #expect(WireText.int64("9223372036854775808") == nil)
  }
}
