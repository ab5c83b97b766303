import Testing
import Workflows

/// Reads a configuration from its text.
func readConfiguration(_ text: String) -> ConfigurationOutcome {
  Configuration.read(bytes: Array(text.utf8))
}

/// The configuration of a text without errors; warnings must be those of `warnings`.
func configuration(
  _ text: String, warnings: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
) throws -> Configuration {
  let outcome = readConfiguration(text)
  #expect(lines(outcome.diagnostics) == warnings, sourceLocation: sourceLocation)
  return try #require(outcome.configuration, sourceLocation: sourceLocation)
}

/// Looks references up in a table.
struct TableResolver: ReferenceResolver {
  struct Missing: Error, CustomStringConvertible {
    var description: String { "nothing there" }
  }

  var values: [Reference: String]

  func value(of reference: Reference) throws -> String {
    guard let value = values[reference] else { throw Missing() }
    return value
  }
}
