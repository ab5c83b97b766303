import Crypto
import Foundation
package import HTTP

/// A file that came out of a stage.
package struct DownloadedFile: Hashable, Sendable {
  /// Behind the stage reference's folder.
  package var name: String
  package var path: String
  /// Bytes of the local file.
  package var size: Int
}

/// Gets files out of a stage, decrypted and compared with the digest that they carry.
package struct StageDownloader: Sendable {
  private let commands: any StageCommands
  private let stage: StageReference
  private let options: StageOptions

  package init(_ commands: any StageCommands, _ stage: StageReference, _ options: StageOptions = StageOptions()) {
    self.commands = commands
    self.stage = stage
    self.options = options
  }

  /// Downloads every file whose name begins with the reference, and matches `pattern` if there is one, into `folder`.
  ///
  /// A file appears under its last name alone, and only once it is whole: the server does not choose where it lies.
  ///
  /// - Throws: ``SnowflakeError``; of kind `unexpectedAnswer` when two files would have one name, when a file is not what
  ///   its digest says, or when it cannot be decrypted.
  package func download(
    into folder: String, pattern: String? = nil, cancellation: Cancellation? = nil
  ) throws(SnowflakeError) -> [DownloadedFile] {
    let commands = commands
    let statement = stage.get(pattern)
    let access = StageAccess { cancellation throws(SnowflakeError) in
      try StageTransfer(answer: commands.transfer(statement, cancellation: cancellation))
    }
    let transfer = try access.grant(cancellation).transfer
    guard transfer.command == .download else { throw StageTransfer.unexpected("the answer to GET is none") }
    let store = try openStore(access, options, cancellation)
    var taken: Set<String> = []
    var files: [DownloadedFile] = []
    for (index, name) in transfer.files.enumerated() {
      let last = name.split(separator: "/").last.map(String.init) ?? ""
      guard !last.isEmpty, last != ".", last != "..", taken.insert(last).inserted else {
        throw StageTransfer.unexpected("it has two files of one name, or one without")
      }
      let path = folder.hasSuffix("/") ? folder + last : "\(folder)/\(last)"
      let material = transfer.materials.indices.contains(index) ? transfer.materials[index] : nil
      let size = try get(name, path, material, store)
      files.append(DownloadedFile(name: name, path: path, size: size))
    }
    return files
  }

  private func get(
    _ name: String, _ path: String, _ material: EncryptionMaterial?, _ store: any ObjectStore
  ) throws(SnowflakeError) -> Int {
    let stored = try FileSink(path + ".part")
    defer { stored.remove() }
    let object = try store.get(name, stored)
    guard let material else {
      try stored.check(object.digest, name)
      try stored.become(path)
      return stored.count
    }
    guard let seal = object.seal else { throw StageTransfer.unexpected("\(name) lacks the key it is encrypted with") }
    let plain = try FileSink(path + ".plain")
    defer { plain.remove() }
    do {
      try Self.decrypt(stored.path, FileSeal(seal, material), plain)
    } catch let error as CryptoError {
      throw SnowflakeError(.unexpectedAnswer, operation: "decrypt \(name)", message: error.reason, underlying: error)
    } catch let error as SnowflakeError {
      throw error
    } catch {
      throw SnowflakeError(.unexpectedAnswer, operation: "decrypt \(name)", message: "\(error)", underlying: error)
    }
    try plain.check(object.digest, name)
    try plain.become(path)
    return plain.count
  }

  /// Decrypts a file piece by piece. Only once the object is whole: before, its seal is not known.
  private static func decrypt(_ path: String, _ seal: FileSeal, _ sink: FileSink) throws {
    let reader = try FileReader(path)
    let cipher = try AESStream(.decrypt, key: seal.key, iv: seal.iv)
    let size = 1 << 18
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: size + AESStream.blockLength, alignment: 64)
    defer {
      input.deallocate()
      output.deallocate()
    }
    try sink.start()
    while true {
      let count = try reader.read(into: input)
      let made =
        count > 0
        ? try cipher.update(UnsafeRawBufferPointer(rebasing: input[..<count]), into: output)
        : try cipher.finish(into: output)
      try sink.take(UnsafeRawBufferPointer(rebasing: output[..<made]))
      if count == 0 { return }
    }
  }
}
