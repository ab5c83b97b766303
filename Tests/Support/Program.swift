package import Foundation
import Synchronization

/// How a program ended, and what it said.
package struct ProgramResult: Sendable, CustomStringConvertible {
  package var command: String
  /// The exit code; 128 and the signal's number when a signal ended it.
  package var code: Int32
  /// The signal that ended it.
  package var signal: Int32?
  package var output: String
  package var errors: String

  /// What was told on both, without line breaks: where a long message is broken is not what a test looks at.
  package var said: String { Self.joined(output + errors) }

  /// What was told on stderr, the same way.
  package var complaint: String { Self.joined(errors) }

  private static func joined(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  package var description: String {
    "\(command)\nended with \(signal.map { "signal \($0)" } ?? "code \(code)")\n--- stdout\n\(output)\n--- stderr\n\(errors)"
  }
}

/// A program that a test started, in a process group of its own.
package final class Program: Sendable {
  package struct Failure: Error, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
  }

  /// The built program, beside the test bundle.
  package static let scmplan: String = {
    let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("scmplan").path
  }()

  private struct State {
    var result: ProgramResult?
    var waiters: [Int: CheckedContinuation<ProgramResult?, Never>] = [:]
    var nextWaiter = 0
  }

  package let pid: pid_t
  package let command: String
  private let output: String
  private let errors: String
  private let state = Mutex(State())

  /// Starts `executable` with stdout and stderr going to files.
  ///
  /// - Parameters:
  ///   - input: stdin as a file; `/dev/null` when nil.
  ///   - closed: descriptors that the program finds closed.
  ///   - setting: what the shell that starts it does before, such as `ulimit`.
  ///   - capture: the folder for what it says.
  package init(
    _ executable: String, _ arguments: [String], folder: String, environment: [String: String], input: String? = nil,
    closed: [Int32] = [], setting: String = "", capture: String
  ) throws {
    let stem = "\(capture)/\(UUID().uuidString)"
    output = stem + ".out"
    errors = stem + ".err"
    command = ([URL(fileURLWithPath: executable).lastPathComponent] + arguments).joined(separator: " ")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    for descriptor in closed { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    // The shell only goes to the folder and then becomes the program: its process number stays.
    let shell = ["/bin/sh", "-c", "\(setting)cd \"$1\" && shift && exec \"$@\"", "sh", folder]
    let argv = (shell + [executable] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + variables).forEach { free($0) } }
    var child = pid_t()
    let status = posix_spawn(&child, shell[0], &actions, &attributes, argv, variables)
    guard status == 0 else { throw Failure(description: "\(executable): \(String(cString: strerror(status)))") }
    pid = child
    let reaper = Thread { [self] in reap() }
    reaper.stackSize = 1 << 17
    reaper.start()
  }

  package var isRunning: Bool { state.withLock { $0.result == nil } }

  /// Waits for the end.
  ///
  /// - Throws: ``Failure`` with all that it said when it has not ended by then; it is killed with its group.
  package func end(within seconds: Double = 300) async throws -> ProgramResult {
    if let result = await ended(within: seconds) { return result }
    send(SIGKILL)
    let result = await ended(within: 10)
    throw Failure(description: "did not end within \(seconds) s and was killed: \(result.map { "\($0)" } ?? command)")
  }

  /// Waits for the end for a while; nil when it still runs then.
  package func ended(within seconds: Double) async -> ProgramResult? {
    await withCheckedContinuation { continuation in
      let waiter: Int? = state.withLock { state in
        guard state.result == nil else { return nil }
        state.nextWaiter += 1
        state.waiters[state.nextWaiter] = continuation
        return state.nextWaiter
      }
      guard let waiter else { return continuation.resume(returning: state.withLock { $0.result }) }
      DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [self] in
        state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: nil)
      }
    }
  }

  /// Sends a signal to the program, if it has not ended.
  ///
  /// - Returns: whether it was there to get it.
  @discardableResult
  package func send(_ signal: Int32) -> Bool {
    // Under the lock: the reaper gives the number back to the system only while it holds it.
    state.withLock { state in
      guard state.result == nil, let facts = ProcessFacts(pid), facts.isLiving else { return false }
      return kill(pid, signal) == 0
    }
  }

  /// What it has written to stderr until now.
  package var saidSoFar: String { Self.text(errors) }

  private func reap() {
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let waiters = state.withLock { state in
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      let signal = status & 0x7f
      state.result = ProgramResult(
        command: command, code: signal == 0 ? (status >> 8) & 0xff : 128 + signal, signal: signal == 0 ? nil : signal,
        output: Self.text(output), errors: Self.text(errors))
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    let result = state.withLock { $0.result }
    for waiter in waiters { waiter.resume(returning: result) }
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
