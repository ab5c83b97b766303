import Foundation

/// A program started in a session of its own, with nothing open but its log.
struct DetachedProcess {
  /// Why a program could not be started.
  struct Failure: Error {
    var reason: String
  }

  let pid: Int

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

  /// How the process ended, in words; nil while it runs. It is reaped.
  func exitStatus() -> String? {
    var status: Int32 = 0
    guard waitpid(pid_t(pid), &status, WNOHANG) == pid_t(pid) else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? "status \((status >> 8) & 0xff)" : "signal \(signal)"
  }
}
