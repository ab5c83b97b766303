import ArgumentParser
import Extraction
import Foundation
import Loading
import Plans
import SQL
import Store

/// The exit codes that scripts may rely on.
enum ExitStatus: Int32 {
  case done = 0
  case error = 1
  case changes = 2
  case locked = 3
  case stale = 4
  case failedParts = 5
  case differences = 6
  case usage = 64
  case interrupted = 130
}

/// An end of a command that is not a success: what a person reads on stderr, and the code that a script sees.
struct Failure: Error {
  var status: ExitStatus
  /// What happened, where, and what to do; the first line follows `error: `. Empty when everything has been said.
  var lines: [String]

  init(_ status: ExitStatus, _ lines: String...) {
    self.init(status, lines: lines)
  }

  init(_ status: ExitStatus, lines: [String]) {
    self.status = status
    self.lines = lines
  }

  /// Ends with `status` and says nothing more.
  static func silent(_ status: ExitStatus) -> Failure {
    Failure(status)
  }

  /// What any error of the modules means for the person at the terminal.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as StoreError: self.init(store: error)
    default: self.init(.error, "\(error)")
    }
  }

  private init(store error: StoreError) {
    status =
      switch error.code {
      case .locked, .tableInUse: .locked
      case .stale, .foreignLineage: .stale
      default: .error
      }
    lines = "\(error)".split(separator: "\n").map(String.init)
  }

  /// Prints what is to be said and ends the process.
  static func end(with error: any Error) -> Never {
    if error is Failure || !isArgumentError(error) {
      let failure = Failure(error)
      if !failure.lines.isEmpty { Output.error.line(failure.text) }
      exit(failure.status.rawValue)
    }
    let code = Scmplan.exitCode(for: error)
    let text = Scmplan.fullMessage(for: error)
    if !text.isEmpty { (code.isSuccess ? Output.standard : Output.error).line(text) }
    exit(code.isSuccess ? 0 : ExitStatus.usage.rawValue)
  }

  /// `error: …`, further lines indented below.
  private var text: String {
    lines.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }.enumerated()
      .map { ($0 == 0 ? "error: " : "       ") + $1 }.joined(separator: "\n")
  }

  private static func isArgumentError(_ error: any Error) -> Bool {
    error is ValidationError || error is CleanExit || error is ExitCode
      || String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
  }
}
