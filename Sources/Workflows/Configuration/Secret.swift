/// A text that no message, log, dump or file may show.
///
/// Printing it, dumping it, reflecting it and encoding it all yield the same mask; ``revealed`` is the one way to it.
package struct Secret: Hashable, Sendable {
  package static let mask = "(secret)"

  /// The text itself, for the call that logs in.
  package let revealed: String

  package init(_ text: String) {
    revealed = text
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable, Encodable {
  package var description: String { Self.mask }
  package var debugDescription: String { Self.mask }
  package var customMirror: Mirror { Mirror(self, children: []) }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Self.mask)
  }
}
