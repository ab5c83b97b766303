/// What went wrong while writing a target.
package struct LoadingError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    case cannotOpen = "cannot open"
    case readOnly = "read-only"
    case notADatabase = "not a database"
    case badDefinition = "bad definition"
    case corrupt
    case busy
    /// A lock of the target's was waited for as long as the session waits; waiting goes on.
    case locked
    case connectionLost = "connection lost"
    case fenced
    case shapeChanged = "shape changed"
    case fileMissing = "file missing"
    case fileDamaged = "file damaged"
    case valueRefused = "value refused"
    case duplicateKey = "duplicate merge key"
    case countMismatch = "count mismatch"
    /// A removal would take more than the plan saw, and more than stays.
    case shrank
    case contentMismatch = "content mismatch"
    case partsMissing = "parts missing"
    case full
    case statementFailed = "statement failed"
  }

  package var code: Code
  /// Where: the target, table, column or file; never a row value.
  package var place: String
  /// What happened and what to do, one or two sentences.
  package var message: String
  /// Trying again may help.
  package var isTransient: Bool

  package init(_ code: Code, at place: String, _ message: String, isTransient: Bool = false) {
    self.code = code
    self.place = place
    self.message = message
    self.isTransient = isTransient
  }

  package var description: String {
    "\(place): \(message)"
  }
}
