package import Foundation

/// A process as /proc tells (proc_pid_stat(5)).
package struct ProcessFacts: Hashable, Sendable {
  package var pid: pid_t
  /// `R`, `S`, `D`, `T` (stopped), `Z` (ended, not reaped) and so on.
  package var state: Character
  /// Clock ticks from the machine's start to the process's, which tells it from a later one with the same number.
  package var start: Int
  package var arguments: [String]

  package var isLiving: Bool { state != "Z" && state != "X" }

  /// Nil when there is no such process.
  package init?(_ pid: pid_t) {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let state = fields[0].first, let start = Int(fields[19]) else { return nil }
    self.pid = pid
    self.state = state
    self.start = start
    let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
    arguments = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Living processes with an argument that begins with `folder`.
  package static func working(in folder: String) -> [ProcessFacts] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.filter { $0 != getpid() }.compactMap(ProcessFacts.init)
      .filter { $0.isLiving && $0.arguments.contains { $0.hasPrefix(folder) } }
  }

  /// Sends a signal if it is still the same process, and says whether it was and the signal got there.
  @discardableResult
  package func send(_ signal: Int32) -> Bool {
    guard let now = ProcessFacts(pid), now.start == start, now.isLiving else { return false }
    return kill(pid, signal) == 0
  }
}
