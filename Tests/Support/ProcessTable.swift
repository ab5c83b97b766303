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
    let stat = Self.bytes("/proc/\(pid)/stat")
    // The second field is the program's name in parentheses, which may hold anything.
    guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 20)
    guard fields.count > 19, let state = fields[0].first,
      let start = Int(String(decoding: fields[19], as: UTF8.self))
    else { return nil }
    self.pid = pid
    self.state = Character(Unicode.Scalar(state))
    self.start = start
    arguments = Self.bytes("/proc/\(pid)/cmdline").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Living processes with an argument that begins with `folder`.
  package static func working(in folder: String) -> [ProcessFacts] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var found: [ProcessFacts] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let pid = pid_t(name), pid != getpid(), let facts = ProcessFacts(pid), facts.isLiving,
        facts.arguments.contains(where: { $0.hasPrefix(folder) })
      else { continue }
      found.append(facts)
    }
    return found
  }

  /// The beginning of a file of /proc, which has no size and is read in one go.
  private static func bytes(_ path: String) -> ArraySlice<UInt8> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var count = 0
    let buffer = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
      count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
      filled = count
    }
    return buffer[..<count]
  }

  /// Sends a signal if it is still the same process, and says whether it was and the signal got there.
  @discardableResult
  package func send(_ signal: Int32) -> Bool {
    guard let now = ProcessFacts(pid), now.start == start, now.isLiving else { return false }
    return kill(pid, signal) == 0
  }
}
