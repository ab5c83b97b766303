import ArgumentParser
import Foundation
import Store

/// `--max-duration`: when a run begins no further part.
struct DurationOption: ParsableArguments {
  @Option(
    name: .customLong("max-duration"),
    help: ArgumentHelp(
      "Begin no further part after this time: 90s, 50m, 2h or PT50M. Parts under way are brought to their end.",
      valueName: "time"))
  var maxDuration: TimeSpan?

  func validate() throws {
    guard maxDuration.map({ $0.seconds > 0 }) ?? true else { throw ValidationError("--max-duration is more than 0") }
  }

  /// The moment for a command that begins now.
  var stopAt: Milliseconds? { maxDuration.map { currentMilliseconds() + $0.milliseconds } }
}
