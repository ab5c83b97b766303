/// Why no plan can be made, or a plan file cannot be used.
package struct PlanError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case tableMissing = "table missing"
    case columnMissing = "column missing"
    case notCovered = "parts do not cover the table"
    case notBuilt = "not built yet"
    case unusable
    case damaged
    case newerFormat = "newer format"
  }

  package var code: Code
  /// The table, column or file it is about.
  package var place: String
  /// What happened and what to do.
  package var message: String

  package init(_ code: Code, at place: String, _ message: String) {
    self.code = code
    self.place = place
    self.message = message
  }

  package var description: String { "\(place): \(message)" }
}
