import Foundation

extension TableConfiguration {
  /// The configuration as one line of JSON: every setting written out, keys sorted, slashes plain, the same text for
  /// equal configurations. It reads back as a table entry of a workflow.
  ///
  /// - Throws: `EncodingError`, which no configuration that was read causes.
  package func canonicalJSON() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
