import ArgumentParser
import Workflows

/// A span of time as options take it: `90`, `90s`, `50m`, `2h`, or an ISO 8601 duration such as `PT50M`, as in a workflow.
struct TimeSpan: ExpressibleByArgument, Equatable {
  var seconds: Double

  init(seconds: Double) {
    self.seconds = seconds
  }

  init?(argument: String) {
    if let duration = ISODuration.parse(argument) {
      self.init(seconds: duration.seconds)
      return
    }
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    let unit = argument.last.flatMap { units[$0] }
    let digits = unit == nil ? argument[...] : argument.dropLast()
    guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits) else {
      return nil
    }
    let seconds = number * (unit ?? 1)
    // A century: what is longer is a slip of the hand, and would overflow a moment in milliseconds.
    guard seconds.isFinite, seconds < 3_153_600_000 else { return nil }
    self.init(seconds: seconds)
  }

  var defaultValueDescription: String { seconds == 0 ? "no wait" : Numbers.duration(seconds) }

  var milliseconds: Int { Int((seconds * 1000).rounded()) }
}
