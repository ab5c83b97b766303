import Foundation
package import Workflows

/// Going back from a watermark by a lag.
package enum WatermarkArithmetic {
  /// `value` less `lag`; nil when the lag is no distance in values of this kind.
  ///
  /// A number lag goes with numbers, a duration with text that is a date and time (`2026-11-20 10:31:07.5`, a `T` between the two,
  /// or a date alone). The result is written like the value, with as many digits behind the second.
  package static func subtracting(_ lag: WatermarkLag, from value: KeyValue) -> KeyValue? {
    switch (lag, value) {
    case (.amount(let amount), .integer(let number)):
      guard amount <= Decimal(Int64.max) else { return .integer(.min) }
      let whole = Int64(truncating: NSDecimalNumber(decimal: amount).rounding(accordingToBehavior: upward))
      let (result, overflow) = number.subtractingReportingOverflow(whole)
      return .integer(overflow ? .min : result)
    case (.amount(let amount), .real(let number)):
      return .real(number - NSDecimalNumber(decimal: amount).doubleValue)
    case (.duration(let duration), .text(let text)):
      return DateTimeText(text).map { .text($0.subtracting(duration).description) }
    default: return nil
    }
  }

  private static var upward: NSDecimalNumberHandler {
    NSDecimalNumberHandler(
      roundingMode: .up, scale: 0, raiseOnExactness: false, raiseOnOverflow: false, raiseOnUnderflow: false,
      raiseOnDivideByZero: false)
  }
}
