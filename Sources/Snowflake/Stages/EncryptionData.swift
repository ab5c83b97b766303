import Foundation

/// The seal of an object as JSON in one field, as Azure and GCS stages carry it.
///
/// The constant texts are those that all drivers write, whatever the size of the key.
enum EncryptionData {
  private struct Content: Decodable {
    struct Wrapped: Decodable {
      let EncryptedKey: String
    }

    let WrappedContentKey: Wrapped
    let ContentEncryptionIV: String
  }

  static func text(_ seal: ObjectSeal, algorithm: String) -> String {
    let fields: JSONValue = [
      "EncryptionMode": "FullBlob",
      "WrappedContentKey": [
        "KeyId": "symmKey1", "EncryptedKey": .string(seal.wrappedKey), "Algorithm": "AES_CBC_256",
      ],
      "EncryptionAgent": ["Protocol": "1.0", "EncryptionAlgorithm": .string(algorithm)],
      "ContentEncryptionIV": .string(seal.iv),
      "KeyWrappingMetadata": ["EncryptionLibrary": "Java 5.3.0"],
    ]
    return String(decoding: fields.bytes, as: UTF8.self)
  }

  /// Nil when the text is no such JSON.
  static func seal(_ text: String, description: String?) -> ObjectSeal? {
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(text.utf8)) else { return nil }
    return ObjectSeal(
      wrappedKey: content.WrappedContentKey.EncryptedKey, iv: content.ContentEncryptionIV, description: description)
  }
}
