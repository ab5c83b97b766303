import Plans
import SQL

/// Why the store refused or failed; the text holds no row value and no secret.
package struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The file, or the folder it is in, cannot be opened or created.
    case cannotOpen
    /// The file is no state of this program.
    case notAState
    /// The file is a state whose content is broken.
    case damaged
    /// A newer version of the program wrote the state.
    case newerVersion
    case readOnly
    case full
    /// Another process held the database for too long; trying again helps.
    case busy
    /// The server of the database is not there, or the connection to it broke; trying again may help.
    case unreachable
    /// The workflow is locked by somebody else.
    case locked
    /// The lock is not, or no longer, held under this id.
    case lockLost
    /// The plan was made against an older state.
    case stale
    /// A plan or document belongs to another state.
    case foreignLineage
    /// A document is older than the state.
    case olderSerial
    /// An unfinished run works on the same table.
    case tableInUse
    /// A later run worked on a table since.
    case laterRun
    case unknownRun
    case unknownTable
    case unknownPlan
    /// There is a table under the new name already.
    case tableExists
    /// The run is in a state in which this cannot be done.
    case wrongRunState
    /// The plan or document contradicts itself or the state.
    case invalid
    case other
  }

  package var code: Code
  /// What happened, and where.
  package var message: String
  /// What to do about it; nil when nothing sensible is known.
  package var advice: String?
  /// Who holds the lock, when the code is `locked` or `lockLost`.
  package var lock: LockInfo?

  package init(_ code: Code, _ message: String, advice: String? = nil, lock: LockInfo? = nil) {
    self.code = code
    self.message = message
    self.advice = advice
    self.lock = lock
  }

  package var description: String {
    advice.map { "\(message)\n\($0)" } ?? message
  }

  /// Trying the same again later may succeed.
  package var isTransient: Bool {
    code == .busy || code == .unreachable
  }
}

extension StoreError {
  /// What a database error means for the state at `place`.
  init(_ error: SQLError, at place: String) {
    let restore = "Put a copy of it back, or see \"Recovery\" in docs/state.md."
    switch error.code {
    case .busy:
      self.init(
        .busy, "the state \(place) was held by another process for too long",
        advice: "Try again; a stopped process may be holding it.")
    case .corrupt, .type, .constraint, .other:
      self.init(.damaged, "the state \(place) is damaged: \(error.message)", advice: restore)
    case .notADatabase:
      self.init(.notAState, "the state \(place) is not a database: \(error.message)", advice: restore)
    case .full:
      self.init(
        .full, "no room is left to write the state \(place)", advice: "Free some space on its disk and try again.")
    case .readOnly:
      self.init(
        .readOnly, "the state \(place) cannot be written: \(error.message)",
        advice: "Check the owner and mode of the file and its folder, and whether the file system is read-only.")
    case .cannotOpen:
      self.init(
        .cannotOpen, "the state \(place) cannot be opened: \(error.message)",
        advice: "Check that its folder exists and may be read and written.")
    case .unreachable:
      self.init(
        .unreachable, "the state \(place) cannot be reached: \(error.message)",
        advice: "Check that its server runs and can be reached from here.")
    case .io:
      self.init(
        .other, "reading or writing the state \(place) failed: \(error.message)", advice: "Check the disk.")
    }
  }

  /// A stored text that no longer means anything.
  static func damaged(_ what: String) -> StoreError {
    StoreError(.damaged, "the state is damaged: \(what)", advice: "See \"Recovery\" in docs/state.md.")
  }

  static func unknownRun(_ run: Int) -> StoreError {
    StoreError(.unknownRun, "there is no run \(run)", advice: "See: scmplan runs list")
  }
}
