import Foundation

/// What the server answers to `PUT` and `GET`: where the files of a stage lie, and with what they are reached.
///
/// The server's echo of local paths is never used: whoever answers must not choose which local files are read or
/// written. Fields: `stageInfo`, `encryptionMaterial`, `src_locations` and `presignedUrls` of the answer's `data`, as the
/// open-source drivers read them (storage_client.py of the Python connector, query.go of the Go driver).
package struct StageTransfer: Sendable {
  package enum Command: String, Sendable {
    case upload = "UPLOAD"
    case download = "DOWNLOAD"
  }

  package var command: Command
  package var location: StageLocation
  var credentials: StageCredentials
  /// For an upload one or none, for a download one for each of ``files``; nil where nothing is encrypted.
  package var materials: [EncryptionMaterial?]
  /// Of a download: names of objects behind ``StageLocation/prefix``.
  package var files: [String]
  /// Of a download without credentials: an address for each of ``files``.
  var fileURLs: [SecretText]

  /// - Throws: ``SnowflakeError`` of kind `statement` when the server refuses, of kind `unexpectedAnswer` when the
  ///   answer is none to a file transfer.
  package init(answer: [UInt8]) throws(SnowflakeError) {
    let wire: StageWire.Answer
    do {
      wire = try JSONDecoder().decode(StageWire.Answer.self, from: Data(answer))
    } catch {
      throw Self.unexpected("the answer has not the fields of a file transfer")
    }
    try self.init(wire)
  }

  private init(_ wire: StageWire.Answer) throws(SnowflakeError) {
    guard let data = wire.data, let info = data.stageInfo, let command = data.command.flatMap(Command.init) else {
      throw Self.unexpected("the answer has not the fields of a file transfer")
    }
    self.command = command
    location = try StageLocation(info)
    credentials = try StageCredentials(info, location.kind)
    materials = []
    for material in data.encryptionMaterial?.all ?? [] {
      guard let material, location.isEncrypted else {
        materials.append(nil)
        continue
      }
      guard let read = EncryptionMaterial(material) else { throw Self.unexpected("its encryption key is malformed") }
      materials.append(read)
    }
    files = command == .download ? data.src_locations ?? [] : []
    fileURLs = (data.presignedUrls ?? []).map { SecretText($0) }
    if command == .upload, let url = info.presignedUrl, !url.isEmpty { fileURLs = [SecretText(url)] }
    if command == .download, !materials.isEmpty, materials.count != files.count {
      throw Self.unexpected("it has \(files.count) files and \(materials.count) keys")
    }
  }

  static func unexpected(_ message: String) -> SnowflakeError {
    SnowflakeError(.unexpectedAnswer, outcome: .executed, operation: "read where a stage lies", message: message)
  }
}

/// What wraps the files of a stage: a key of the account's, for one statement.
package struct EncryptionMaterial: Hashable, Sendable {
  /// 16 or 32 bytes, which no description shows.
  let masterKey: [UInt8]
  /// The statement that handed the key out, and the number of the key it comes from: both go with the file.
  package let queryID: String
  package let smkID: String

  init(masterKey: [UInt8], queryID: String, smkID: String) {
    self.masterKey = masterKey
    self.queryID = queryID
    self.smkID = smkID
  }

  init?(_ wire: StageWire.Material) {
    guard let id = wire.queryId, let smk = wire.smkId?.text, let text = wire.queryStageMasterKey,
      let key = Data(base64Encoded: text), key.count == 16 || key.count == 32
    else { return nil }
    self.init(masterKey: Array(key), queryID: id, smkID: smk)
  }
}

extension EncryptionMaterial: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "a key of \(masterKey.count * 8) bits of query \(queryID)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
