/// How the target finds the rows that a part replaces.
package enum Addressing: String, Codable, Sendable {
  /// By key range: source and target order the key alike.
  case keyRange = "key range"
  /// By the part column that `target.metadataColumns` adds.
  case partColumn = "part column"
  /// The table is built anew beside the old one and takes its place when every part is in.
  case rebuild
  /// The table has one part, which replaces everything.
  case wholeTable = "whole table"
}

/// How a part's rows enter the target.
package enum LoadMethod: String, Codable, Sendable {
  /// Delete what the part covers, then insert.
  case replace
  /// Insert only: the target holds none of the rows.
  case append
  /// Delete the rows with the same merge key, then insert.
  case merge
  /// Delete the rows of the part whose key is not among the staged keys; insert nothing.
  case remove
}
