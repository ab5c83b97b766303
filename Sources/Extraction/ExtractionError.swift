/// What went wrong while reading a source.
package struct ExtractionError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case cannotOpen = "cannot open"
    case notADatabase = "not a database"
    case corrupt
    case busy
    case connectionLost = "connection lost"
    case notAllowed = "not allowed"
    case tableMissing = "table missing"
    case shapeChanged = "shape changed"
    case badFilter = "bad filter"
    case valueDoesNotFit = "value does not fit"
    case countMismatch = "count mismatch"
    case stageFailed = "stage failed"
    case queryFailed = "query failed"
    /// A snapshot that several sessions share is of no use any more; another one may be.
    case snapshotLost = "snapshot lost"
    case interrupted
  }

  package var code: Code
  /// Where: the source, table, column or file, and for a value the key of its row; never a row value.
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
