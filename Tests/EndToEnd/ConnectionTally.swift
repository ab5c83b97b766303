import Foundation
import Support

/// Counts the faults that a proxy or a server provably brought about, and what was going on when each did.
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
    for record in records {
      let doing = road.hasPrefix("freetds") ? Self.doingWithTDS(record) : Self.doing(record)
      kinds["\(road): \(doing), \(Self.act(record))", default: 0] += 1
    }
  }

  /// A fault that a server brought about itself.
  func count(_ kind: String) {
    fired += 1
    kinds[kind, default: 0] += 1
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

  /// Its texts are UTF-16, of which every other byte is no letter either.
  private static func doingWithTDS(_ record: CuttingProxy.Record) -> String {
    let asked = record.lastAsked.replacing(".", with: "")
    if record.fromServer == 0 { return "connecting" }
    for (words, name) in [
      ("SET NOCOUNT", "set-up"), ("SET TRANSACTION", "begin"), ("BEGIN TRANSACTION", "begin"), ("COMMIT", "commit"),
      ("ROLLBACK", "rollback"), ("SUM(bytes)", "digest"), ("SELECT [", "rows"), ("sys", "catalog"),
      ("SELECT", "question"),
    ] where asked.contains(words) { return name }
    // The handshake and the login are shorter than that, and the set-up is longer.
    return record.fromClient < 1000 ? "sign-in" : "other"
  }
}
