import Crypto
import Foundation

/// The encryption of one file of a stage: a key of its own, and what a reader needs to find it again.
///
/// The scheme of Snowflake's drivers: the file in AES-CBC with PKCS#7 padding under a random key, that key in AES-ECB
/// under the stage's key (encrypt_util.go of the Go driver, encryption_util.py of the Python connector).
struct FileSeal: Sendable {
  let key: [UInt8]
  let iv: [UInt8]
  /// Base64 of the wrapped key.
  let wrappedKey: String
  /// JSON that names the stage's key.
  let description: String

  /// A seal for one file. Uploading the file again under the same seal gives the same bytes.
  init(_ material: EncryptionMaterial) throws(CryptoError) {
    key = try RandomBytes.make(material.masterKey.count)
    iv = try RandomBytes.make(AESStream.blockLength)
    wrappedKey = Data(try AESKeyWrap.wrap(key, with: material.masterKey)).base64EncodedString()
    let fields: JSONValue = [
      "queryId": .string(material.queryID), "smkId": .string(material.smkID),
      "keySize": .string("\(material.masterKey.count * 8)"),
    ]
    description = String(decoding: fields.bytes, as: UTF8.self)
  }

  /// The seal that an object carries, opened with the key that the server gave for it.
  ///
  /// - Throws: ``CryptoError`` when it is malformed or belongs to another key.
  init(_ object: ObjectSeal, _ material: EncryptionMaterial) throws(CryptoError) {
    guard let wrapped = Data(base64Encoded: object.wrappedKey), let iv = Data(base64Encoded: object.iv) else {
      throw CryptoError(operation: "read the seal of a file", reason: "it is not base64")
    }
    key = try AESKeyWrap.unwrap(Array(wrapped), with: material.masterKey)
    self.iv = Array(iv)
    wrappedKey = object.wrappedKey
    description = object.description ?? ""
  }

  var object: ObjectSeal {
    ObjectSeal(wrappedKey: wrappedKey, iv: Data(iv).base64EncodedString(), description: description)
  }
}

/// The part of a seal that an object carries: nothing secret.
struct ObjectSeal: Hashable, Sendable {
  var wrappedKey: String
  var iv: String
  var description: String?
}

/// An object as its store describes it.
struct StoredObject: Hashable, Sendable {
  /// Bytes as they lie there.
  var size: Int
  /// Base64 of the SHA-256 of the plain bytes, when whoever wrote the object said so.
  var digest: String?
  var seal: ObjectSeal?
}
