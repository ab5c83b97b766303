import Plans

/// Reads `numeric` values in the binary format: counts of digits to the base 10,000, the place of the first, sign, scale.
///
/// Source: `numeric_send` in PostgreSQL's `src/backend/utils/adt/numeric.c`.
struct WireNumeric {
  private static let negative: UInt16 = 0x4000

  private let scale: Int
  /// 10 to the power of the precision: every unscaled value is smaller.
  private let limit: Int128
  private let powers: PowersOfTen

  init(precision: Int, scale: Int) {
    self.scale = scale
    powers = PowersOfTen.shared
    limit = powers[precision]
  }

  /// Values have no digits behind the point.
  var isWhole: Bool { scale == 0 }

  /// The whole number as a decimal of this scale; nil when it has too many digits.
  func unscaled(_ value: Int64) -> Int128? {
    let (product, overflow) = Int128(value).multipliedReportingOverflow(by: powers[scale])
    return overflow || product.magnitude >= limit.magnitude ? nil : product
  }

  /// The value as a whole number of its last place; nil for NaN and infinities, and where digits would be lost.
  @inline(__always)
  func unscaled(_ value: UnsafeRawPointer, _ length: Int) -> Int128? {
    guard length >= 8 else { return nil }
    let count = Int(Self.field(value, 0))
    let sign = Self.field(value, 2)
    guard length == 8 + 2 * count, sign == 0 || sign == Self.negative else { return nil }
    guard count > 0 else { return 0 }
    // The power of ten of the last digit, once the value is a whole number of its last place.
    let shift = 4 * (Int(Int16(bitPattern: Self.field(value, 1))) - count + 1) + scale
    if count <= 4, shift > -4, shift <= 2 {
      var small: Int64 = 0
      for index in 0..<(count &- 1) { small = small &* 10_000 &+ Int64(Self.field(value, 4 &+ index)) }
      let last = Int64(Self.field(value, 3 &+ count))
      switch shift {
      case 0: small = small &* 10_000 &+ last
      case 1: small = (small &* 10_000 &+ last) &* 10
      case 2: small = (small &* 10_000 &+ last) &* 100
      // The last digit may have zeros that the scale has no place for.
      case -1:
        guard last % 10 == 0 else { return nil }
        small = small &* 1000 &+ last / 10
      case -2:
        guard last % 100 == 0 else { return nil }
        small = small &* 100 &+ last / 100
      default:
        guard last % 1000 == 0 else { return nil }
        small = small &* 10 &+ last / 1000
      }
      guard Int128(small) < limit else { return nil }
      return Int128(sign == 0 ? small : -small)
    }
    return slow(value, count, shift, isNegative: sign != 0)
  }

  @inline(never)
  private func slow(_ value: UnsafeRawPointer, _ count: Int, _ shift: Int, isNegative: Bool) -> Int128? {
    guard shift > -4 || Self.field(value, 3 + count) == 0, shift <= 38 else { return nil }
    var sum: Int128 = 0
    for index in 0..<count {
      var digit = Int128(Self.field(value, 4 + index))
      var base: Int128 = 10_000
      // The last digit may have zeros that the scale has no place for.
      if index == count - 1, shift < 0 {
        let spare = powers[min(4, -shift)]
        guard digit % spare == 0 else { return nil }
        digit /= spare
        base /= spare
      }
      let (product, overflow) = sum.multipliedReportingOverflow(by: base)
      let (total, overflows) = product.addingReportingOverflow(digit)
      guard !overflow, !overflows else { return nil }
      sum = total
    }
    if shift < -4 { return nil }
    if shift > 0 {
      let (product, overflow) = sum.multipliedReportingOverflow(by: powers[shift])
      guard !overflow else { return nil }
      sum = product
    }
    guard sum < limit else { return nil }
    return isNegative ? -sum : sum
  }

  /// The double nearest to a number of at most 15 digits, which reads back as that number; nil for longer ones.
  static func real(_ value: UnsafeRawPointer, _ length: Int) -> Double? {
    guard length >= 8 else { return nil }
    switch field(value, 2) {
    case 0xC000: return .nan
    case 0xD000: return .infinity
    case 0xF000: return -.infinity
    default: break
    }
    let scale = Int(field(value, 3))
    guard scale <= 22, let unscaled = WireNumeric(precision: 15, scale: scale).unscaled(value, length) else {
      return nil
    }
    // Both are exact, so that the quotient is the nearest there is.
    return Double(Int64(unscaled)) / Double(PowersOfTen.shared[scale])
  }

  @inline(__always)
  private static func field(_ value: UnsafeRawPointer, _ index: Int) -> UInt16 {
    UInt16(bigEndian: value.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self))
  }
}

/// 1, 10, 100 and so on to 10^38, looked up without a check.
struct PowersOfTen: @unchecked Sendable {
  static let shared = PowersOfTen()
  // Never freed: one for the whole process.
  private let values: UnsafePointer<Int128>

  private init() {
    let values = UnsafeMutablePointer<Int128>.allocate(capacity: 39)
    var power: Int128 = 1
    for index in 0...38 {
      (values + index).initialize(to: power)
      if index < 38 { power *= 10 }
    }
    self.values = UnsafePointer(values)
  }

  @inline(__always)
  subscript(_ exponent: Int) -> Int128 { values[exponent] }
}
