/// A password, token, key or passphrase: no description, dump or reflection shows it.
package struct SecretText: Hashable, Sendable {
  /// The text itself, for the request that needs it.
  let revealed: String

  package init(_ text: String) {
    revealed = text
  }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "(secret)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
