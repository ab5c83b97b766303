import Foundation
import Synchronization

/// A program started in a session of its own, with nothing open but its log.
///
/// It is reaped when it ends, by a thread that waits for that: an ended child that nobody reaps stays in the process list
/// for as long as this process lives.
final class DetachedProcess: Sendable {
  /// Why a program could not be started.
  struct Failure: Error {
    var reason: String
  }

  let pid: Int
  /// As waitpid(2) gives it; nil while the program runs.
  private let status = Mutex<Int32?>(nil)

  /// Starts `executable`; stdin is empty, stdout and stderr are appended to `log`, the environment is this process's.
  ///
  /// - Throws: ``Failure`` when the log cannot be opened or the program cannot be run.
  init(executable: String, arguments: [String], log: String) throws(Failure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    for descriptor in Self.openDescriptors() { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Signals that this process ignores or blocks would stay so in the child.
    var none = sigset_t()
    sigemptyset(&none)
    var handled = sigset_t()
    sigemptyset(&handled)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGCHLD] { sigaddset(&handled, signal) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &handled)
    posix_spawnattr_setflags(
      &attributes, Int16(Self.setsid | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)))

    let argv = Self.cStrings(["scmplan"] + arguments)
    let environment = Self.cStrings(ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" })
    defer { (argv + environment).forEach { free($0) } }
    var child = pid_t()
    let status = posix_spawn(&child, executable, &actions, &attributes, argv, environment)
    guard status == 0 else { throw Failure(reason: String(cString: strerror(status))) }
    pid = Int(child)
    let reaper = Thread { [self] in reap() }
    reaper.stackSize = 1 << 17
    reaper.start()
  }

  private func reap() {
    var ended: Int32 = 0
    while waitpid(pid_t(pid), &ended, 0) < 0 {
      guard errno == EINTR else { return }
    }
    status.withLock { $0 = ended }
  }

  /// `POSIX_SPAWN_SETSID` of spawn.h, which not every header shows to Swift.
  private static let setsid: Int32 = 0x80

  /// Everything open in this process behind the three standard descriptors (proc_pid_fd(5)).
  private static func openDescriptors() -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.compactMap { Int32($0) }.filter { $0 > 2 }
  }

  /// Copies with a nil behind them, to be freed one by one.
  private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { strdup($0) } + [nil]
  }

  /// How the process ended, in words; nil while it runs.
  func exitStatus() -> String? {
    guard let status = status.withLock({ $0 }) else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? "status \((status >> 8) & 0xff)" : "signal \(signal)"
  }
}
