/// What a plan does to a table as a whole; the symbol is what a person sees.
package enum Action: String, Codable, Sendable, CaseIterable {
  /// Create the target table, load every part.
  case create
  /// Load parts anew: they differ, or were never loaded.
  case refresh
  /// Bring rows after the last watermark.
  case append
  /// Replace everything the target table holds.
  case reload
  /// Take rows out of the target that left the source.
  case remove
  /// Drop the table from the state; the target keeps its rows.
  case forget
  /// Nothing to do.
  case none

  package var symbol: String {
    switch self {
    case .create: "+"
    case .refresh: "~"
    case .append: ">"
    case .reload: "-/+"
    case .remove, .forget: "-"
    case .none: " "
    }
  }

  /// The words of the legend.
  package var legend: String {
    switch self {
    case .create: "create and load"
    case .refresh: "refresh changed parts"
    case .append: "append new rows"
    case .reload: "reload"
    case .remove: "remove rows"
    case .forget: "remove rows or forget"
    case .none: "unchanged"
    }
  }
}
