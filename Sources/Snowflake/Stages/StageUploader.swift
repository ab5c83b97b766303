package import Crypto
import Foundation
package import HTTP
import Synchronization

/// What became of a file that was to be in a stage.
package struct UploadedFile: Hashable, Sendable {
  package enum Status: String, Sendable {
    case uploaded
    /// A file with the same content was there already.
    case present
  }

  /// Behind the stage reference.
  package var name: String
  package var status: Status
  /// Bytes of the file, and bytes of the object.
  package var size: Int
  package var storedSize: Int
  /// Base64 of the SHA-256 of the file's bytes, which the object carries too.
  package var digest: String
}

/// Puts files into a stage: encrypted on the way if the stage wants that, in parts if they are large, verified at the end.
///
/// Threads may share an uploader: one `PUT` statement serves all files behind one reference for as long as its
/// credentials last. Every file gets a key of its own; memory holds ``StageOptions/parallel`` parts of a file at most.
package final class StageUploader: Sendable {
  private let commands: any StageCommands
  private let stage: StageReference
  private let options: StageOptions
  private let shared = Mutex<StageAccess?>(nil)

  package init(_ commands: any StageCommands, _ stage: StageReference, _ options: StageOptions = StageOptions()) {
    self.commands = commands
    self.stage = stage
    self.options = options
  }

  /// Uploads a file and looks afterwards that the object is what was sent.
  ///
  /// - Parameters:
  ///   - path: the local file, which must not change meanwhile.
  ///   - name: the object's name; the file's own when nil.
  ///   - digest: of the file's bytes, if the caller has just taken it.
  ///   - overwrite: whether another file of that name may be replaced; when not, only one of equal content may be there.
  /// - Throws: ``SnowflakeError``; of kind `configuration` when the file cannot be read or changes, and when another
  ///   file has the name and may not be replaced.
  package func upload(
    _ path: String, as name: String? = nil, digest: SHA256Digest? = nil, overwrite: Bool = true,
    cancellation: Cancellation? = nil
  ) throws(SnowflakeError) -> UploadedFile {
    let name = try StageReference.checked(name ?? URL(fileURLWithPath: path).lastPathComponent)
    let access = try access(for: name, overwrite, cancellation)
    let store = try openStore(access, options, cancellation)
    let transfer = try access.grant(cancellation).transfer
    guard transfer.command == .upload else { throw StageTransfer.unexpected("the answer to PUT is none") }
    let material = transfer.materials.first ?? nil
    guard transfer.location.kind == .folder || !transfer.location.isEncrypted || material != nil else {
      throw StageTransfer.unexpected("the stage wants encrypted files and came without a key")
    }
    let file = try SealedFile(path, known: digest, material: material)
    var result = UploadedFile(
      name: name, status: .uploaded, size: file.size, storedSize: file.storedSize, digest: file.digest)
    if !overwrite, let object = try store.head(name) {
      guard object.digest == file.digest else {
        throw SnowflakeError(
          .configuration, operation: "upload \(name) to \(stage)", message: "another file has that name")
      }
      result.status = .present
      result.storedSize = object.size
      return result
    }
    try store.put(file, as: name)
    try verify(file, name, store, transfer)
    return result
  }

  /// The grant that all files share, or one for this file alone where an address opens one object.
  private func access(
    for name: String, _ overwrite: Bool, _ cancellation: Cancellation?
  ) throws(SnowflakeError) -> StageAccess {
    let commands = commands
    let statement = stage.put(name, overwrite: overwrite)
    func fresh() -> StageAccess {
      StageAccess { cancellation throws(SnowflakeError) in
        try StageTransfer(answer: commands.transfer(statement, cancellation: cancellation))
      }
    }
    let access = shared.withLock { shared in
      let access = shared ?? fresh()
      shared = access
      return access
    }
    guard case .presigned = try access.grant(cancellation).transfer.credentials else { return access }
    return fresh()
  }

  private func verify(
    _ file: SealedFile, _ name: String, _ store: any ObjectStore, _ transfer: StageTransfer
  ) throws(SnowflakeError) {
    if case .presigned = transfer.credentials { return }
    let object = try store.head(name)
    let isRight =
      object?.size == file.storedSize
      && (transfer.location.kind == .folder || (object?.digest == file.digest && object?.seal == file.seal?.object))
    guard isRight else {
      throw SnowflakeError(
        .unexpectedAnswer, operation: "upload \(name) to \(stage)", message: "the store has something else there")
    }
  }
}
