package import Catalogs

/// Which tables of a workflow a command is about: `--target`, `--exclude` and `--replace`, each a list of globs.
package struct TableSelection: Sendable, Hashable {
  /// Empty means every table.
  package var targets: [String]
  package var excludes: [String]
  package var replaces: [String]

  package init(targets: [String] = [], excludes: [String] = [], replaces: [String] = []) {
    self.targets = targets
    self.excludes = excludes
    self.replaces = replaces
  }

  package func includes(source: ObjectName, target: ObjectName) -> Bool {
    (targets.isEmpty || Self.matches(targets, source, target)) && !Self.matches(excludes, source, target)
  }

  package func replaces(source: ObjectName, target: ObjectName) -> Bool {
    Self.matches(replaces, source, target)
  }

  /// The patterns that match none of `tables`: most likely misspelled.
  package func unmatched(_ tables: [(source: ObjectName, target: ObjectName)]) -> [String] {
    (targets + excludes + replaces).filter { pattern in
      !tables.contains { Self.matches([pattern], $0.source, $0.target) }
    }
  }

  private static func matches(_ patterns: [String], _ source: ObjectName, _ target: ObjectName) -> Bool {
    patterns.contains { pattern in
      [source, target].contains { name in
        [name.description, name.short, name.table].contains { Glob.matches(pattern, $0) }
      }
    }
  }
}
