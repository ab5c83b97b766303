import Foundation

/// Which process this is, so that another one can tell whether it still lives, on this host at least.
package struct ProcessIdentity: Hashable, Sendable {
  package var host: String
  package var pid: Int
  /// Clock ticks between the machine's start and the process's: tells a process from a later one with the same number.
  package var start: Int

  package init(host: String, pid: Int, start: Int) {
    self.host = host
    self.pid = pid
    self.start = start
  }

  /// This process.
  package static let current = ProcessIdentity(
    host: hostName(), pid: Int(getpid()), start: startTicks(pid: Int(getpid())) ?? 0)

  /// Whether the process still runs; nil when it is on another host, so that it cannot be told from here.
  package var isAlive: Bool? {
    guard host == Self.current.host else { return nil }
    return Self.startTicks(pid: pid) == start
  }

  /// As the kernel knows it: asking a name server could take long, and change.
  private static func hostName() -> String {
    var name = [UInt8](repeating: 0, count: 256)
    let status = name.withUnsafeMutableBytes { bytes in
      gethostname(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count - 1)
    }
    return status == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "localhost"
  }

  /// Field 22 of `/proc/PID/stat` (proc_pid_stat(5)); nil when there is no such process, or it is a zombie.
  static func startTicks(pid: Int) -> Int? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: data, as: UTF8.self)
    // The second field is the program's name in parentheses, which may hold blanks and parentheses itself.
    guard let nameEnd = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return Int(fields[19])
  }
}
