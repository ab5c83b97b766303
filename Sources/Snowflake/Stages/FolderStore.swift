import Foundation
import HTTP

/// Stages that are folders of this machine: servers for tests have them. Nothing is encrypted there.
struct FolderStore: ObjectStore {
  private let access: StageAccess
  private let cancellation: Cancellation?

  init(_ access: StageAccess, _ cancellation: Cancellation?) {
    self.access = access
    self.cancellation = cancellation
  }

  func head(_ name: String) throws(SnowflakeError) -> StoredObject? {
    let path = try place(name)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return StoredObject(size: try FileReader(path).size())
  }

  func put(_ file: SealedFile, as name: String) throws(SnowflakeError) {
    let path = try place(name)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let spare = path + ".part"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(atPath: spare)
      try FileManager.default.copyItem(atPath: file.path, toPath: spare)
    } catch {
      throw SnowflakeError(
        .configuration, operation: "copy \(name) to its stage", message: "\(error.localizedDescription)")
    }
    guard rename(spare, path) == 0 else { throw FileReader.failed("write", path) }
  }

  func get(_ name: String, _ sink: any ObjectSink) throws(SnowflakeError) -> StoredObject {
    let reader = try FileReader(try place(name))
    try sink.start()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = try reader.read(into: buffer)
      guard count > 0 else { return StoredObject(size: try reader.size()) }
      try sink.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private func place(_ name: String) throws(SnowflakeError) -> String {
    try access.grant(cancellation).transfer.location.prefix + name
  }
}
