/// A migration as its workflow file describes it: defaults merged in, checked, every setting filled in.
package struct Workflow: Hashable, Codable, Sendable {
  /// In the order of the file; never empty in a workflow that was read.
  package var tables: [TableConfiguration]
  /// The group of services that may work on this workflow; nil when any may.
  package var affinity: String?

  package init(tables: [TableConfiguration], affinity: String? = nil) {
    self.tables = tables
    self.affinity = affinity
  }
}
