import Crypto
import HTTP

/// Cuts a sealed file into parts, one after the other: a part's bytes depend on those before it.
struct PartMaker {
  /// One part of an upload.
  struct Part {
    /// From 1.
    var number: Int
    var bytes: [UInt8]
  }

  private let file: SealedFile
  private let reader: FileReader
  private let cipher: AESStream?
  private let partSize: Int
  private var number = 0
  private var made = 0
  private var isFinished = false

  /// - Parameter partSize: a multiple of the cipher's block.
  init(_ file: SealedFile, partSize: Int) throws(SnowflakeError) {
    precondition(partSize > 0 && partSize % AESStream.blockLength == 0, "parts are whole blocks")
    self.file = file
    self.partSize = partSize
    reader = try FileReader(file.path)
    cipher = try file.cipher()
  }

  /// The next part; nil after the last.
  ///
  /// - Throws: ``SnowflakeError`` when the file cannot be read or is no longer as long as it was.
  mutating func next() throws(SnowflakeError) -> Part? {
    guard !isFinished else { return nil }
    var bytes = [UInt8](repeating: 0, count: partSize + AESStream.blockLength)
    var filled = 0
    do {
      filled = try bytes.withUnsafeMutableBytes { try fill($0) }
    } catch let error as SnowflakeError {
      throw error
    } catch {
      throw SnowflakeError(.configuration, operation: "encrypt \(file.path)", message: "\(error)", underlying: error)
    }
    made += filled
    guard made <= file.storedSize, !isFinished || made == file.storedSize else { throw file.changed }
    number += 1
    bytes.removeLast(bytes.count - filled)
    return bytes.isEmpty ? nil : Part(number: number, bytes: bytes)
  }

  /// Fills a part, and knows from the announced size which one is the last.
  private mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let plain = try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<partSize]))
    if plain < partSize || (cipher == nil && made + plain >= file.storedSize) { isFinished = true }
    guard let cipher else { return plain }
    let input = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<plain])
    // In place: AES in CBC mode reads a block before it writes it.
    let count = try cipher.update(input, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<(plain + 16)]))
    guard isFinished else { return count }
    return count + (try cipher.finish(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...])))
  }
}
