/// When a load compares the rows that it wrote with what was staged (`loading.verify`).
package enum LoadVerification: String, Codable, Sendable, CaseIterable {
  /// Where the target digests its rows itself, and can tell those of the load from the others.
  case auto
  /// Everywhere; a load whose rows cannot be compared fails.
  case always
  case never
}
