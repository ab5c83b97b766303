/// The content of a set of rows in 24 bytes, whatever their order.
///
/// Each row's columns are written as canonical text, every value behind its length, NULL apart from empty; SHA-256 of
/// that text gives two 64-bit words (its first 16 bytes, most significant first), and `high` and `low` are the sums of the
/// words over all rows, modulo 2^64. docs/checksums.md defines the canonical text.
package struct RowDigest: Hashable, Sendable {
  package var rows: Int
  package var high: UInt64
  package var low: UInt64

  package init(rows: Int = 0, high: UInt64 = 0, low: UInt64 = 0) {
    self.rows = rows
    self.high = high
    self.low = low
  }

  /// Takes one row in, by the two words of its own digest.
  @inlinable package mutating func add(high: UInt64, low: UInt64) {
    rows += 1
    self.high &+= high
    self.low &+= low
  }

  /// The digest of both sets of rows together.
  package static func + (a: RowDigest, b: RowDigest) -> RowDigest {
    RowDigest(rows: a.rows + b.rows, high: a.high &+ b.high, low: a.low &+ b.low)
  }
}

extension RowDigest: CustomStringConvertible, LosslessStringConvertible, Codable {
  /// `rows:high:low`, the words in hexadecimal.
  package var description: String {
    "\(rows):\(Hex.text(high)):\(Hex.text(low))"
  }

  package init?(_ description: String) {
    let fields = description.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count == 3, let rows = Int(fields[0]), let high = UInt64(fields[1], radix: 16),
      let low = UInt64(fields[2], radix: 16)
    else { return nil }
    self.init(rows: rows, high: high, low: low)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = RowDigest(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no row digest is written \(text)")
    }
    self = digest
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
