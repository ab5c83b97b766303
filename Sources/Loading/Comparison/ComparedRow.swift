import Crypto
import Digests
import Glibc

/// One row on its way into a comparison: its values as the canonical text of docs/checksums.md, by the logical types of the
/// plan, whichever side of the migration it is read on.
///
/// Take in the values in the order of the plan's columns, then call ``finish()``. One object serves all rows of a pass.
package final class ComparedRow {
  private let whole: CanonicalRow
  private let key: CanonicalRow?
  /// Whether a column belongs to the key.
  private let isKey: [Bool]
  private let scratch: UnsafeMutablePointer<UInt8>
  // One owner, one thread.
  @exclusivity(unchecked) private var column = 0
  /// Keeps every value until the next row begins.
  private let keepsValues: Bool
  // Texts one behind the other, and where each ends: most rows of a pass are of interest to nobody.
  @exclusivity(unchecked) private var keptBytes: [UInt8] = []
  @exclusivity(unchecked) private var kept: [(letter: Unicode.Scalar?, end: Int)] = []

  /// A value as it is compared: texts of two classes are never equal.
  package struct Value: Hashable, Sendable {
    package var letter: Unicode.Scalar
    package var text: String
  }

  private static let scratchBytes = 96

  /// - Parameters:
  ///   - columns: how many values a row has.
  ///   - key: positions of those that tell one row from another; empty when nothing less than the whole row does.
  package init(columns: Int, key positions: [Int], keepsValues: Bool = false) throws {
    whole = try CanonicalRow()
    key = positions.isEmpty ? nil : try CanonicalRow()
    isKey = (0..<columns).map(positions.contains)
    scratch = .allocate(capacity: Self.scratchBytes)
    self.keepsValues = keepsValues
  }

  deinit {
    scratch.deallocate()
  }

  /// The values of the row that was finished last; nil for NULL.
  package var values: [Value?] {
    var start = 0
    return kept.map { letter, end in
      defer { start = end }
      return letter.map { Value(letter: $0, text: String(decoding: keptBytes[start..<end], as: UTF8.self)) }
    }
  }

  func appendNull() {
    if keepsValues { keep(nil, UnsafeRawBufferPointer(start: nil, count: 0)) }
    whole.appendNull()
    if isKey[column] { key?.appendNull() }
    column &+= 1
  }

  func append(_ letter: Unicode.Scalar, _ text: UnsafeRawBufferPointer) {
    if keepsValues { keep(letter, text) }
    let letter = UInt8(ascii: letter)
    whole.append(letter, text)
    if isKey[column] { key?.append(letter, text) }
    column &+= 1
  }

  func append(boolean value: Bool) {
    scratch[0] = value ? UInt8(ascii: "1") : UInt8(ascii: "0")
    append("b", UnsafeRawBufferPointer(start: scratch, count: 1))
  }

  func append(integer value: Int64) {
    append("i", UnsafeRawBufferPointer(start: scratch, count: NumberText.write(value, to: scratch)))
  }

  /// The sign of a zero is left out: not every system keeps it.
  func append(real value: Double) {
    let value = value == 0 ? 0 : value
    append("f", UnsafeRawBufferPointer(start: scratch, count: NumberText.writeCanonical(value, to: scratch)))
  }

  func append(_ decimal: DecimalText) {
    append("m", UnsafeRawBufferPointer(start: scratch, count: decimal.write(to: scratch)))
  }

  /// Letter and text of a date or time that is written by `body`, which returns its length; nil for what has no text.
  func append(_ letter: Unicode.Scalar, clock body: (UnsafeMutablePointer<UInt8>) -> Int?, else ticks: Int64) {
    if let count = body(scratch) {
      append(letter, UnsafeRawBufferPointer(start: scratch, count: count))
    } else {
      append("?", UnsafeRawBufferPointer(start: scratch, count: NumberText.write(ticks, to: scratch)))
    }
  }

  func append(blob value: UnsafeRawBufferPointer) {
    if keepsValues {
      var digits = [UInt8](repeating: 0, count: 2 * value.count)
      digits.withUnsafeMutableBytes { if let start = $0.baseAddress { HexText.write(value, to: start) } }
      digits.withUnsafeBytes { keep("x", $0) }
    }
    whole.append(blob: value)
    if isKey[column] { key?.append(blob: value) }
    column &+= 1
  }

  /// The row's marks; the next row begins.
  package func finish() -> RowMark {
    precondition(column == isKey.count, "a row has a value for each column")
    column = 0
    let row = whole.finish()
    let name = key?.finish() ?? row
    return RowMark(key: UInt128(name.high) << 64 | UInt128(name.low), high: row.high, low: row.low)
  }

  private func keep(_ letter: Unicode.Scalar?, _ text: UnsafeRawBufferPointer) {
    if column == 0 {
      kept.removeAll(keepingCapacity: true)
      keptBytes.removeAll(keepingCapacity: true)
    }
    keptBytes.append(contentsOf: text)
    kept.append((letter, keptBytes.count))
  }
}

/// What two rows have in common exactly when they are equal, but for 128 bits of SHA-256 that agree by chance.
package struct RowMark: Hashable, Sendable {
  /// Of the key's values; of all, where there is no key.
  package var key: UInt128
  /// Words of the row's digest.
  package var high: UInt64
  package var low: UInt64

  package init(key: UInt128, high: UInt64, low: UInt64) {
    self.key = key
    self.high = high
    self.low = low
  }

  /// Ranges of keys' marks by which two sides are compared; rows of one key fall into the same on both.
  package static let buckets = 4096

  package var bucket: Int { Self.bucket(ofKey: key) }

  package static func bucket(ofKey key: UInt128) -> Int { Int(key >> 116) }
}
