import Foundation

/// JSON as the store keeps it: sorted keys, so that equal values are equal texts.
enum JSONText {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// - Throws: ``StoreError`` with code `damaged` when `text` is not what was stored.
  static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw StoreError.damaged("a stored \(type) cannot be read")
    }
  }

  static func decodeIfPresent<T: Decodable>(_ type: T.Type, _ text: String?) throws -> T? {
    try text.map { try decode(type, $0) }
  }
}
