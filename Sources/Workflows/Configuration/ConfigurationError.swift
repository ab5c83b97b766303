/// Why the configuration cannot serve what is asked of it, although it reads well.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// A reference gives no value.
    case unresolved
    /// A reference gives a value that its key does not take.
    case wrongValue
    /// No connection fits.
    case noConnection
    /// Several connections fit.
    case ambiguous
  }

  package let code: Code
  /// What happened and where, what to do; no secrets.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
