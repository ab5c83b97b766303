import Foundation
import Plans
import Testing
import Workflows

struct WatermarkArithmeticTests {
  private func minus(_ duration: Duration, _ text: String) -> String? {
    guard case .text(let result)? = WatermarkArithmetic.subtracting(.duration(duration), from: .text(text)) else {
      return nil
    }
    return result
  }

  @Test(arguments: [
    ("2026-11-20 10:31:07.5", Duration.seconds(60), "2026-11-20 10:30:07.5"),
    ("2026-11-20T10:31:07", .seconds(86_400), "2026-11-19T10:31:07"),
    ("2026-11-20 00:00:00.000", .milliseconds(1), "2026-11-19 23:59:59.999"),
    ("2024-03-01", .seconds(86_400), "2024-02-29"),
    ("2023-03-01", .seconds(86_400), "2023-02-28"),
    ("1900-03-01", .seconds(86_400), "1900-02-28"),
    ("2000-03-01", .seconds(86_400), "2000-02-29"),
    ("2026-11-20", .seconds(3_600), "2026-11-19"),
    ("2026-11-20 10:31:07", .milliseconds(1), "2026-11-20 10:31:06"),
    ("2026-11-20 10:31:07.5", .milliseconds(50), "2026-11-20 10:31:07.4"),
    ("2026-01-01 00:00:00.000000001", .nanoseconds(2), "2025-12-31 23:59:59.999999999"),
    ("2026-11-20T10:31:07Z", .seconds(7), "2026-11-20T10:31:00Z"),
    ("2026-11-20 10:31:07.25+02", .seconds(7), "2026-11-20 10:31:00.25+02"),
    ("2026-11-20 10:31:07-05:30", .seconds(7), "2026-11-20 10:31:00-05:30"),
    ("2026-11-20 10:31:07+0200", .seconds(7), "2026-11-20 10:31:00+0200"),
    ("0001-01-01 00:00:05", .seconds(60), "0001-01-01 00:00:00"),
    ("9999-12-31 23:59:59", .seconds(0), "9999-12-31 23:59:59"),
    ("2026-01-01", .seconds(86_400 * 365 * 3_000), "0001-01-01"),
  ])
  func `A duration goes back in the same form`(text: String, lag: Duration, result: String) {
    #expect(minus(lag, text) == result)
  }

  @Test(arguments: [
    "", "yesterday", "2026-11-2", "2026-13-01", "2026-00-01", "2026-02-30", "2026-02-29", "1900-02-29", "2026-04-31",
    "2026-11-00", "0000-01-01", "2026-11-20 10:31", "2026-11-20 24:00:00", "2026-11-20 10:60:00", "2026-11-20 10:00:60",
    "2026-11-20x10:00:00", "2026-11-20 10:00:00.", "2026-11-20 10:00:00.1234567890", "2026-11-20 10:00:00z",
    "2026-11-20 10:00:00+2", "2026-11-20 10:00:00+02:3", "2026-11-20 10:00:00+:0200", "2026-11-20 10:00:00 ",
    "٢٠٢٦-11-20",
    "2026/11/20", "20261120",
  ])
  func `What is no date and time has no earlier one`(text: String) {
    #expect(minus(.seconds(1), text) == nil)
  }

  @Test func `Years from 1 to 9999 have their leap days`() {
    for year in Array(1...801) + Array(1896...2104) + Array(9_599...9_999) {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let text = String(String(10_000 + year).dropFirst())
      let before = String(String(9_999 + year).dropFirst())
      #expect(minus(.seconds(86_400), "\(text)-03-01") == "\(text)-02-\(isLeap ? 29 : 28)")
      #expect(minus(.seconds(86_400), "\(text)-01-01") == (year == 1 ? "0001-01-01" : "\(before)-12-31"))
    }
  }

  @Test func `Going back in two steps is going back at once`() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<2_000 {
      let seconds = Int64.random(in: 0...200_000_000, using: &random)
      let nanoseconds = Int64.random(in: 0..<1_000_000_000, using: &random)
      let first = Duration.seconds(seconds) + .nanoseconds(nanoseconds)
      let second = Duration.nanoseconds(Int64.random(in: 0...5_000_000_000_000, using: &random))
      let text = "2026-11-20 10:31:07.123456789"
      let once = try #require(minus(first + second, text))
      let twice = minus(first, text).flatMap { minus(second, $0) }
      #expect(once == twice)
      #expect(once <= text)
    }
  }

  @Test func `A number goes with numbers, rounded away from what might be missed`() {
    #expect(WatermarkArithmetic.subtracting(.amount(10), from: .integer(15)) == .integer(5))
    #expect(WatermarkArithmetic.subtracting(.amount(Decimal(string: "1.5")!), from: .integer(15)) == .integer(13))
    #expect(WatermarkArithmetic.subtracting(.amount(0), from: .integer(15)) == .integer(15))
    #expect(WatermarkArithmetic.subtracting(.amount(10), from: .integer(.min)) == .integer(.min))
    #expect(WatermarkArithmetic.subtracting(.amount(Decimal(string: "1e30")!), from: .integer(15)) == .integer(.min))
    #expect(WatermarkArithmetic.subtracting(.amount(Decimal(string: "0.5")!), from: .real(2)) == .real(1.5))
  }

  @Test func `A lag of the wrong kind is none`() {
    #expect(WatermarkArithmetic.subtracting(.amount(1), from: .text("2026-11-20")) == nil)
    #expect(WatermarkArithmetic.subtracting(.duration(.seconds(1)), from: .integer(1)) == nil)
    #expect(WatermarkArithmetic.subtracting(.amount(1), from: .bytes([0, 1])) == nil)
    #expect(WatermarkArithmetic.subtracting(.duration(.seconds(1)), from: .real(1)) == nil)
  }
}
