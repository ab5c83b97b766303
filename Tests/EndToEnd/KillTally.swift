import Foundation

/// Counts the signals that provably hit a living process, and what each was doing.
actor KillTally {
  private(set) var kills = 0
  private(set) var pauses = 0
  private(set) var missed = 0
  private(set) var rounds = 0
  private var hits: [String: Int] = [:]
  private let goal: Int

  init(goal: Int) { self.goal = goal }

  var isReached: Bool { kills >= goal }

  func hit(_ command: String, _ doing: String) {
    kills += 1
    hits["\(command), \(doing)", default: 0] += 1
  }

  func paused() { pauses += 1 }
  func miss() { missed += 1 }
  func round() { rounds += 1 }

  /// Kills of this command, or of any that was doing this.
  func count(_ text: String) -> Int {
    hits.filter { $0.key.hasPrefix(text + ",") || $0.key.contains(text) }.values.reduce(0, +)
  }

  var summary: String {
    "\(kills) kills hit, \(pauses) stops past the lease, \(missed) came too late, \(rounds) runs:\n"
      + hits.sorted { $0.value > $1.value }.map { "  \($0.value)  \($0.key)" }.joined(separator: "\n")
  }
}
