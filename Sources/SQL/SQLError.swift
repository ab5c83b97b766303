/// What a database refused, in the words of the database; the values of a statement are never in it.
package struct SQLError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// Somebody else held the database for longer than the busy timeout.
    case busy
    /// The file or its content is damaged.
    case corrupt
    /// No room is left for the write.
    case full
    /// The database, its file or its folder may not be written.
    case readOnly
    /// The file is something else.
    case notADatabase
    /// The file or folder could not be opened or created.
    case cannotOpen
    /// A row broke a constraint of its table.
    case constraint
    /// A value of the result has another type than the reader needs.
    case type
    /// Reading or writing the file failed.
    case io
    /// The database's server is not there, or the connection to it broke.
    case unreachable
    case other
  }

  package var code: Code
  package var message: String
  /// The statement with its placeholders; nil when the error concerns the database as a whole.
  package var statement: String?

  package init(_ code: Code, _ message: String, statement: String? = nil) {
    self.code = code
    self.message = message
    self.statement = statement
  }

  package var description: String {
    statement.map { "\(message) (\(code.rawValue), in: \($0))" } ?? "\(message) (\(code.rawValue))"
  }
}
