package import Plans

/// The state's memory of tables as one JSON document: what `state pull` writes and `state push` reads.
///
/// Runs, tasks, locks and engines are left out: they belong to the database that they ran in.
package struct StateDocument: Hashable, Codable, Sendable {
  package static let formatVersion = 1

  /// One table.
  package struct Entry: Hashable, Codable, Sendable {
    package var table: TableState
    /// Places in `table.parts` of windows whose rows joined other parts' and that no finished run has merged yet.
    package var appended: [Int]

    package init(table: TableState, appended: [Int] = []) {
      self.table = table
      self.appended = appended
    }
  }

  package var formatVersion = StateDocument.formatVersion
  package var lineage: String
  /// The highest run number given so far: no later run may have it again.
  package var lastRun: Int
  /// Serials by workflow name.
  package var workflows: [String: Int]
  /// In the order of workflow and table names.
  package var tables: [Entry]

  package init(lineage: String, lastRun: Int, workflows: [String: Int], tables: [Entry]) {
    self.lineage = lineage
    self.lastRun = lastRun
    self.workflows = workflows
    self.tables = tables
  }

  /// The document's text: sorted keys, so that equal states are equal texts.
  package func json() throws -> String {
    try JSONText.encode(self)
  }

  /// - Throws: ``StoreError`` with code `newerVersion` or `invalid`.
  package init(json: String) throws {
    struct Version: Decodable {
      var formatVersion: Int
    }
    guard let version = try? JSONText.decode(Version.self, json).formatVersion else {
      throw StoreError(.invalid, "this is no state document", advice: "Make one with: scmplan state pull")
    }
    guard version <= Self.formatVersion else {
      throw StoreError(
        .newerVersion,
        "the document has version \(version); this program knows versions up to \(Self.formatVersion)",
        advice: "Use the newer scmplan that wrote it.")
    }
    guard version == Self.formatVersion, let document = try? JSONText.decode(StateDocument.self, json) else {
      throw StoreError(.invalid, "the state document is incomplete or broken")
    }
    self = document
  }
}
