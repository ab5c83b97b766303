import Foundation
import Support

/// Counts the faults that a proxy provably brought about, and what was going on when each did.
actor ConnectionTally {
  /// Faults at a place that was drawn for them.
  private(set) var fired = 0
  /// Sessions that were broken while an engine kept them for its next task.
  private(set) var idle = 0
  private(set) var runs = 0
  private(set) var failedRuns = 0
  private var kinds: [String: Int] = [:]
  private var said: Set<String> = []

  func count(_ records: [CuttingProxy.Record], on road: String) {
    idle += records.filter(\.isSevered).count
    fired += records.filter { !$0.isSevered }.count
    for record in records { kinds["\(road): \(Self.doing(record)), \(Self.act(record))", default: 0] += 1 }
  }

  func run(isFailed: Bool) {
    runs += 1
    failedRuns += isFailed ? 1 : 0
  }

  /// What people were told.
  func told(_ messages: [String]) { said.formUnion(messages) }

  /// Faults with these words in what was going on or what was done.
  func count(_ words: String...) -> Int {
    kinds.filter { kind in words.allSatisfy { kind.key.contains($0) } }.values.reduce(0, +)
  }

  var summary: String {
    "\(fired) faults fired, \(idle) idle sessions broken, \(runs) runs, \(failedRuns) of them failed:\n"
      + kinds.sorted { $0.key < $1.key }.map { "  \($0.value)  \($0.key)" }.joined(separator: "\n")
  }

  /// All that was said, one line each, without numbers that differ from run to run.
  var messages: String { said.sorted().map { "  " + $0 }.joined(separator: "\n") }

  private static func act(_ record: CuttingProxy.Record) -> String {
    record.isSevered ? "idle" : record.fault.map { "\($0.act)" } ?? ""
  }

  /// By the last words of the client.
  private static func doing(_ record: CuttingProxy.Record) -> String {
    let asked = record.lastAsked
    if record.fromServer == 0 { return "connecting" }
    for (words, name) in [
      ("default_transaction_read_only", "set-up"), ("enable_case_sensitive", "set-up"), ("DateStyle", "set-up"),
      ("COPY (", "rows"), ("UNLOAD", "unload"), ("fetch 5000", "rows"), ("declare ", "question"), ("sha256", "digest"),
      ("SHA2", "digest"), ("COMMIT", "commit"), ("ROLLBACK", "rollback"), ("BEGIN", "begin"), ("LOCK TABLE", "lock"),
      ("pg_class", "catalog"), ("svv_", "catalog"), ("SVV_", "catalog"), ("pg_stat", "statistics"),
      ("FROM", "question"),
      ("user.", "sign-in"), ("SELECT", "question"),
    ] where asked.contains(words) { return name }
    return asked.hasPrefix("Q") || asked.hasPrefix("P") ? "other" : "sign-in"
  }
}
