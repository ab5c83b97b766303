/// A decimal as digits: a whole number of its last place, and how many places there are.
struct DecimalText {
  var unscaled: Int128
  var scale: Int

  /// 10 to the powers that 64 bits hold.
  static let powers: [Int64] = (0...18).map { power in (0..<power).reduce(Int64(1)) { total, _ in total * 10 } }

  /// 10 to a power from 0 to 38.
  static func power(_ exponent: Int) -> Int128 {
    exponent <= 18 ? Int128(powers[exponent]) : Int128(powers[18]) * power(exponent - 18)
  }

  init(unscaled: Int128, scale: Int) {
    self.unscaled = unscaled
    self.scale = scale
  }

  /// Reads `-12.50`; nil for anything else, for more than 38 digits, and for digits other than zero behind `scale`.
  init?(_ text: String, scale: Int) {
    let isNegative = text.hasPrefix("-")
    let pieces = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(pieces.count), !pieces[0].isEmpty else { return nil }
    var fraction = pieces.count == 2 ? String(pieces[1]) : ""
    while fraction.count > scale, fraction.last == "0" { fraction.removeLast() }
    guard fraction.count <= scale else { return nil }
    let digits = pieces[0] + fraction + String(repeating: "0", count: scale - fraction.count)
    guard digits.utf8.count <= 38 + scale, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let value = Int128(digits)
    else { return nil }
    self.init(unscaled: isNegative ? -value : value, scale: scale)
  }

  var text: String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longest) { buffer in
      let count = write(to: buffer.baseAddress!)
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  /// Bytes of the longest text: 39 digits, sign, point, and a zero before it.
  static let longest = 44

  /// Writes all `scale` places, and at least one digit before the point: `-0.50`. Returns the number of bytes.
  func write(to buffer: UnsafeMutablePointer<UInt8>) -> Int {
    // Nineteen digits at a time: 64-bit division costs a tenth of 128-bit division.
    let chunk: UInt128 = 10_000_000_000_000_000_000
    var rest = unscaled.magnitude
    var position = Self.longest
    var written = 0
    repeat {
      var low = UInt64(truncatingIfNeeded: rest % chunk)
      rest /= chunk
      let isLast = rest == 0
      for _ in 0..<19 {
        if isLast, low == 0, written > scale { break }
        if written == scale, scale > 0 {
          position -= 1
          buffer[position] = UInt8(ascii: ".")
        }
        position -= 1
        buffer[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: low % 10)
        low /= 10
        written += 1
      }
    } while rest != 0 || written <= scale
    if unscaled < 0 {
      position -= 1
      buffer[position] = UInt8(ascii: "-")
    }
    let count = Self.longest - position
    buffer.update(from: buffer + position, count: count)
    return count
  }
}
