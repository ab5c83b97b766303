package import Catalogs
package import Plans

/// How far tables are compared; each level is also the ones before it.
package enum VerificationLevel: String, CaseIterable, Sendable, Codable {
  /// Columns and their types.
  case schema
  /// Numbers of rows.
  case counts
  /// Every value of every row.
  case content
}

/// What comparing one table's source with its target came to.
package struct TableVerdict: Sendable, Encodable {
  package struct Counts: Sendable, Hashable, Encodable {
    /// Under a watermark, rows up to where the last synchronisation went.
    package var source: Int
    package var target: Int
    /// Rows beyond: they came or changed after the last synchronisation, and the next one brings them. What changed is in the
    /// target as it was before.
    package var pending = 0

    package var isEqual: Bool { (source...(source + pending)).contains(target) }
  }

  package var source: ObjectName
  package var target: ObjectName
  /// Differences of columns; empty when every value of the source has its place.
  package var schema: [Drift]
  /// Nil when nobody counted.
  package var counts: Counts?
  /// Nil when the rows were not compared.
  package var content: ContentVerdict?

  package var isEqual: Bool {
    schema.isEmpty && (content.map { $0.differing == 0 } ?? counts?.isEqual ?? true)
  }
}

/// What comparing the rows of a table came to.
package struct ContentVerdict: Sendable, Encodable {
  /// Names of the columns that tell one row from another; empty when only whole rows can be compared.
  package var key: [String]
  /// Source columns that were left out: the target keeps them in a form of its own.
  package var uncompared: [String]
  package var parts: Int
  /// Parts of the source in which a row differs or is only there.
  package var differingParts: Int
  /// Columns that split the table into parts; empty for a table of one part.
  package var partitionedBy: [String] = []
  /// What was found in each part of the source, in the order of the state.
  package var map: [PartVerdict] = []
  package var onlyInSource = 0
  package var onlyInTarget = 0
  /// Rows with one key and other values.
  package var different = 0
  /// Rows that the source changed while it was read, each time anew.
  package var unsettled = 0
  /// Some of them, as many as were asked for, in the order of their keys.
  package var rows: [RowDifference] = []

  package var differing: Int { onlyInSource + onlyInTarget + different }
}

/// What comparing the rows of one part of the source came to.
package struct PartVerdict: Sendable, Encodable {
  package var part: Part
  /// Rows of the source.
  package var rows: Int
  /// Rows that differ or are only in the source; what only the target has belongs to no part.
  package var differing: Int
}

/// One row that differs.
package struct RowDifference: Sendable, Encodable {
  package enum Kind: String, Sendable, Encodable {
    case onlyInSource = "only in source"
    case onlyInTarget = "only in target"
    case different = "differs"
  }

  /// A column in which two rows of one key differ.
  package struct Column: Sendable, Encodable {
    package var name: String
    /// Canonical text, nil for NULL; both nil unless values were asked for.
    package var source: String?
    package var target: String?
  }

  package var kind: Kind
  /// The values of the key's columns as canonical text, nil for NULL; empty without a key.
  package var key: [String?]
  /// Of rows of kind `different`.
  package var columns: [Column]
  /// All values of a row that only one side has, where they were asked for.
  package var values: [String?]?
}
