import Glibc

/// Writes numbers into bytes without making a string of them.
package enum NumberText {
  /// Room for any whole number.
  package static let integerSize = 20
  /// Room for any real in either form.
  package static let realSize = 32

  /// Writes the digits of `value`, with a minus where it is negative; returns how many bytes.
  @inline(__always)
  package static func write(_ value: Int64, to out: UnsafeMutableRawPointer) -> Int {
    var rest = value.magnitude
    var length = value < 0 ? 1 : 0
    var probe = rest
    repeat {
      length &+= 1
      probe /= 10
    } while probe != 0
    if value < 0 { out.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self) }
    var index = length
    repeat {
      index &-= 1
      out.storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10), toByteOffset: index, as: UInt8.self)
      rest /= 10
    } while rest != 0
    return length
  }

  /// Writes the shortest digits that read back as `value`, always with a point or an exponent: `1.0`, `1e+20`, `-0.0`.
  ///
  /// The form is Swift's own `description`, which is short enough to need no memory of its own in most cases.
  package static func writeShortest(_ value: Double, to out: UnsafeMutableRawPointer) -> Int {
    var text = value.description
    return text.withUTF8 {
      out.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
      return $0.count
    }
  }

  /// Writes the canonical form of docs/checksums.md: 17 significant digits and an exponent of three digits,
  /// `-1.2500000000000000e+003`, or `Infinity`, `-Infinity`, `NaN`.
  package static func writeCanonical(_ value: Double, to out: UnsafeMutableRawPointer) -> Int {
    guard value.isFinite else {
      let word: StaticString = value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
      out.copyMemory(from: word.utf8Start, byteCount: word.utf8CodeUnitCount)
      return word.utf8CodeUnitCount
    }
    if value == 0 { return writeScientific(0, exponent: 0, isNegative: value.sign == .minus, to: out) }
    if let (digits, exponent) = digits(value) {
      return writeScientific(digits, exponent: exponent, isNegative: value < 0, to: out)
    }
    return writeByLibrary(value, to: out)
  }

  /// The 17 digits of `value` as one number, and the power of ten of the first, for magnitudes from 1e-5 to 1e37.
  ///
  /// The value is a whole number times a power of two; times (or through) a power of ten it is still exact in 128
  /// bits, so that one shift or division, rounded half to even, gives the digits.
  private static func digits(_ value: Double) -> (digits: UInt64, exponent: Int)? {
    let magnitude = value.magnitude
    guard magnitude >= 1e-5, magnitude < 1e37 else { return nil }
    // Off by one at most, next to a power of ten: the digits tell.
    var exponent = Int(log10(magnitude).rounded(.down))
    var digits = scaled(magnitude, exponent: exponent)
    if digits >= 100_000_000_000_000_000 {
      exponent += 1
      digits = scaled(magnitude, exponent: exponent)
    } else if digits < 10_000_000_000_000_000 {
      exponent -= 1
      digits = scaled(magnitude, exponent: exponent)
    }
    return (UInt64(digits), exponent)
  }

  /// `magnitude` * 10^(16 - exponent), rounded half to even.
  private static func scaled(_ magnitude: Double, exponent: Int) -> UInt128 {
    let significand = UInt128(magnitude.significandBitPattern | 1 << 52)
    let binary = Int(magnitude.exponent) - 52
    let power = 16 - exponent
    if power >= 0 {
      let product = significand * powers[power]
      return binary >= 0 ? product << UInt128(binary) : shifted(product, by: -binary)
    }
    let divisor = powers[-power]
    let dividend = binary >= 0 ? significand << UInt128(binary) : significand
    // A value of 1e17 and more has a binary exponent of at least 4: nothing is shifted out here.
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    let twice = remainder * 2
    return twice > divisor || (twice == divisor && quotient & 1 == 1) ? quotient + 1 : quotient
  }

  private static func shifted(_ value: UInt128, by bits: Int) -> UInt128 {
    let quotient = value >> UInt128(bits)
    let remainder = value & ((1 << UInt128(bits)) - 1)
    let half: UInt128 = 1 << UInt128(bits - 1)
    return remainder > half || (remainder == half && quotient & 1 == 1) ? quotient + 1 : quotient
  }

  private static let powers: [UInt128] = (0...22).map { count in (0..<count).reduce(1) { power, _ in power * 10 } }

  private static func writeScientific(
    _ digits: UInt64, exponent: Int, isNegative: Bool, to out: UnsafeMutableRawPointer
  ) -> Int {
    let bytes = out.assumingMemoryBound(to: UInt8.self)
    let start = isNegative ? 1 : 0
    if isNegative { bytes[0] = UInt8(ascii: "-") }
    var rest = digits
    for index in stride(from: start + 17, to: start + 1, by: -1) {
      bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
    bytes[start] = UInt8(ascii: "0") + UInt8(rest)
    bytes[start + 1] = UInt8(ascii: ".")
    bytes[start + 18] = UInt8(ascii: "e")
    bytes[start + 19] = exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
    var power = abs(exponent)
    for index in stride(from: start + 22, through: start + 20, by: -1) {
      bytes[index] = UInt8(ascii: "0") + UInt8(power % 10)
      power /= 10
    }
    return start + 23
  }

  /// The same form for the rare magnitudes, by the C library, whose digits are exact for every double.
  private static func writeByLibrary(_ value: Double, to out: UnsafeMutableRawPointer) -> Int {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: realSize) { buffer in
      let start = buffer.baseAddress!
      let length = Int(withVaList([value.magnitude]) { vsnprintf(start, buffer.count, "%.16e", $0) })
      var digits: UInt64 = 0
      var index = 0
      while index < length, start[index] != CChar(UInt8(ascii: "e")) {
        let digit = UInt8(bitPattern: start[index]) &- UInt8(ascii: "0")
        if digit < 10 { digits = digits * 10 + UInt64(digit) }
        index += 1
      }
      let exponent = Int(strtol(start + index + 1, nil, 10))
      return writeScientific(digits, exponent: exponent, isNegative: value < 0, to: out)
    }
  }
}
