/// A type of the source and the type that its columns get in the target, both as their systems write them.
package struct TypeMapping: Hashable, Codable, Sendable {
  package var sourceType: String
  package var targetType: String

  package init(sourceType: String, targetType: String) {
    self.sourceType = sourceType
    self.targetType = targetType
  }
}

/// A column of the source and the name it gets in the target, both as written.
package struct NameMapping: Hashable, Codable, Sendable {
  package var sourceName: String
  package var targetName: String

  package init(sourceName: String, targetName: String) {
    self.sourceName = sourceName
    self.targetName = targetName
  }
}
