import Crypto

/// The canonical text of one row, as docs/checksums.md defines it, on its way into SHA-256.
///
/// One object serves all rows of a pass: its bytes are reused. A row longer than ``chunk`` is hashed piece by piece, so
/// that a long value is never held twice.
package final class CanonicalRow {
  /// Bytes after which what has been gathered goes into the hash.
  package static let chunk = 64 << 10

  private let hasher: SHA256
  private let bytes: UnsafeMutableRawPointer
  // One owner, one thread: no need to check at run time, several times for each value, that nobody else writes.
  @exclusivity(unchecked) private var count = 0

  package init() throws {
    hasher = try SHA256()
    // A head of a value and the last piece of another are written without looking at the end each time.
    bytes = .allocate(byteCount: Self.chunk + 256, alignment: 16)
  }

  deinit {
    bytes.deallocate()
  }

  package func appendNull() {
    append(byte: UInt8(ascii: "n"))
  }

  package func append(integer value: Int64) {
    // The longest form fits behind a head of at most two digits: write it there, then move it to its place.
    let place = bytes + count
    let length = NumberText.write(value, to: place + 4)
    let head = writeHead(UInt8(ascii: "i"), length)
    if head != 4 { (place + head).copyMemory(from: place + 4, byteCount: length) }
    advance(head + length)
  }

  package func append(real value: Double) {
    let place = bytes + count
    let length = NumberText.writeCanonical(value, to: place + 4)
    let head = writeHead(UInt8(ascii: "f"), length)
    if head != 4 { (place + head).copyMemory(from: place + 4, byteCount: length) }
    advance(head + length)
  }

  package func append(text value: UnsafeRawBufferPointer) {
    append(UInt8(ascii: "s"), value)
  }

  /// Takes in a value of any class by its letter and its canonical text.
  package func append(_ letter: UInt8, _ text: UnsafeRawBufferPointer) {
    advance(writeHead(letter, text.count))
    append(bytes: text)
  }

  package func append(blob value: UnsafeRawBufferPointer) {
    advance(writeHead(UInt8(ascii: "x"), value.count * 2))
    var rest = value
    while !rest.isEmpty {
      let piece = min(rest.count, (Self.chunk - count) / 2 + 1)
      HexText.write(UnsafeRawBufferPointer(rebasing: rest[..<piece]), to: bytes + count)
      advance(piece * 2)
      rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
    }
  }

  /// The two words of the row's digest; the next row begins.
  package func finish() -> (high: UInt64, low: UInt64) {
    hasher.update(UnsafeRawBufferPointer(start: bytes, count: count))
    count = 0
    // The gathered bytes have been hashed: their place serves the digest.
    hasher.finalize(into: bytes)
    return (bytes.load(as: UInt64.self).bigEndian, bytes.load(fromByteOffset: 8, as: UInt64.self).bigEndian)
  }

  private func append(byte: UInt8) {
    bytes.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    advance(1)
  }

  private func append(bytes value: UnsafeRawBufferPointer) {
    guard let start = value.baseAddress else { return }
    if value.count <= Self.chunk - count {
      (bytes + count).copyMemory(from: start, byteCount: value.count)
      advance(value.count)
    } else {
      flush()
      hasher.update(value)
    }
  }

  /// Writes the class letter, the length and a colon at the end; returns how many bytes that took.
  private func writeHead(_ letter: UInt8, _ length: Int) -> Int {
    let place = bytes + count
    place.storeBytes(of: letter, as: UInt8.self)
    let digits = NumberText.write(Int64(length), to: place + 1)
    place.storeBytes(of: UInt8(ascii: ":"), toByteOffset: 1 + digits, as: UInt8.self)
    return digits + 2
  }

  private func advance(_ length: Int) {
    count &+= length
    if count >= Self.chunk { flush() }
  }

  private func flush() {
    hasher.update(UnsafeRawBufferPointer(start: bytes, count: count))
    count = 0
  }
}
