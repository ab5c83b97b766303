import Snowflake

/// What Snowflake refused, in words for a person. The client keeps values out of the server's messages.
extension LoadingError {
  /// - Parameter place: the table, or the part.
  init(_ error: SnowflakeError, at place: String) {
    let message = "\(error)"
    switch (error.kind, error.code) {
    case (.configuration, _), (.authentication, _), (.tls, _):
      self.init(.cannotOpen, at: place, message)
    case (.transient, _), (.sessionLost, _), (.deadline, _), (.cancelled, _), (.resultGone, _), (.unexpectedAnswer, _):
      self.init(.connectionLost, at: place, message, isTransient: true)
    // A lock that was waited for too long, a deadlock.
    case (.statement, "000625"), (.statement, "000624"), (.statement, "000629"):
      self.init(.locked, at: place, message, isTransient: true)
    // An error inside Snowflake, a statement that was cancelled because nobody asked for its answer for minutes or that ran
    // out of its time, which waiting for a lock uses up.
    case (.statement, "000603"), (.statement, "000604"), (.statement, "000630"):
      self.init(.connectionLost, at: place, message, isTransient: true)
    case (.statement, let code?) where Self.refusedValues.contains(code):
      self.init(.valueRefused, at: place, message)
    case (.statement, _):
      self.init(.statementFailed, at: place, message)
    }
  }

  /// Too long a text, a number out of range, a value that does not convert, a NULL where none may be, a file that does not
  /// read as Parquet.
  private static let refusedValues: Set<String> = [
    "100035", "100037", "100038", "100046", "100051", "100069", "100071", "100072", "100078", "100090", "100132",
    "100183",
  ]

  /// The object is not there, or the role may not see it.
  static func isMissing(_ error: SnowflakeError) -> Bool { error.kind == .statement && error.code == "002003" }
}
