import Crypto
import Foundation
import HTTP

/// A local file as it is to lie in a stage: perhaps sealed, with the digest of its plain bytes.
struct SealedFile: Sendable {
  let path: String
  /// Bytes of the plain file.
  let size: Int
  /// Base64 of the SHA-256 of the plain bytes.
  let digest: String
  let seal: FileSeal?

  /// - Parameter known: the file's digest, if the caller has just taken it; it is not taken again then.
  init(_ path: String, known: SHA256Digest?, material: EncryptionMaterial?) throws(SnowflakeError) {
    self.path = path
    size = try FileReader(path).size()
    do throws(CryptoError) {
      let digest = if let known { known } else { try SHA256.digest(ofFile: path) }
      self.digest = withUnsafeBytes(of: digest.words) { Data($0).base64EncodedString() }
      seal = if let material { try FileSeal(material) } else { nil }
    } catch {
      throw SnowflakeError(.configuration, operation: "encrypt \(path)", message: error.reason, underlying: error)
    }
  }

  /// Bytes of the object.
  var storedSize: Int { seal == nil ? size : AESStream.encryptedLength(of: size) }

  /// The object's bytes as the body of a request.
  func source() throws(SnowflakeError) -> SealedSource { try SealedSource(self) }

  /// A cipher for the whole file; nil when it is stored as it is.
  func cipher() throws(SnowflakeError) -> AESStream? {
    guard let seal else { return nil }
    do {
      return try AESStream(.encrypt, key: seal.key, iv: seal.iv)
    } catch {
      throw SnowflakeError(.configuration, operation: "encrypt \(path)", message: error.reason, underlying: error)
    }
  }

  /// The error for a file that is no longer what it was when its digest was taken.
  var changed: SnowflakeError {
    SnowflakeError(.configuration, operation: "upload \(path)", message: "the file changes while it is uploaded")
  }
}

/// The bytes of a sealed file, made while they are sent; never more than a piece of them in memory.
final class SealedSource: BodySource {
  private let file: SealedFile
  private let reader: FileReader
  private var cipher: AESStream?
  private var isFinished = false
  private var given = 0
  private let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)

  init(_ file: SealedFile) throws(SnowflakeError) {
    self.file = file
    reader = try FileReader(file.path)
    cipher = try file.cipher()
  }

  deinit { piece.deallocate() }

  var length: Int { file.storedSize }

  func rewind() throws {
    try reader.rewind()
    cipher = try file.cipher()
    isFinished = false
    given = 0
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try fill(buffer)
    given += count
    // The length was announced: a file that has grown or shrunk since is not what its digest says.
    if given > length || (count == 0 && given != length) { throw file.changed }
    return count
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let cipher else { return try reader.read(into: buffer) }
    while !isFinished {
      let room = min(piece.count, buffer.count - AESStream.blockLength)
      let count = try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: piece[..<room]))
      guard count > 0 else {
        isFinished = true
        return try cipher.finish(into: buffer)
      }
      let made = try cipher.update(UnsafeRawBufferPointer(rebasing: piece[..<count]), into: buffer)
      if made > 0 { return made }
    }
    return 0
  }
}
