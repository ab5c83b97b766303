/// Turns numbers into decimals of a fixed scale where nothing is lost, and only there.
struct ExactDecimal {
  private let scale: Int
  /// 10 to the power of `precision`: every unscaled value is smaller.
  private let limit: Int128
  /// What another digit may follow.
  private let roomForDigit: Int128
  /// 10 to the power of `scale`.
  private let factor: Int128
  /// The same as a double, where it is one exactly: up to 10^22.
  private let realFactor: Double?

  init(precision: Int, scale: Int) {
    self.scale = scale
    limit = Self.power(precision)
    roomForDigit = Self.power(precision) / 10
    factor = Self.power(scale)
    realFactor = scale <= 22 ? Double(Self.power(scale)) : nil
  }

  /// The whole number as a decimal; nil when it has too many digits.
  func unscaled(_ value: Int64) -> Int128? {
    let (product, overflow) = Int128(value).multipliedReportingOverflow(by: factor)
    return overflow ? nil : checked(product)
  }

  /// The decimal of this scale that is read back as exactly this double; nil when there is none.
  ///
  /// Below 2^53 the quotient of a whole number and an exact power of ten is the double nearest to the decimal, so one
  /// division proves it. Beyond, the shortest digits that read back decide.
  func unscaled(_ value: Double) -> Int128? {
    guard value.isFinite, value != 0 || value.sign == .plus else { return nil }
    if let realFactor {
      let whole = (value * realFactor).rounded()
      if abs(whole) < 0x1p53, whole / realFactor == value { return checked(Int128(Int64(whole))) }
    }
    return checked(shortest(value))
  }

  /// The decimal that `text` writes: `-12.5`, with no exponent, no sign but minus, and no more places than the scale.
  func unscaled(text: UnsafeRawBufferPointer) -> Int128? {
    // Eighteen digits have their place in 64 bits, which are counted up in a fraction of the time.
    text.count <= 18 ? unscaled(text, as: Int64.self) : unscaled(text, as: Int128.self)
  }

  @inline(__always)
  private func unscaled<Number: FixedWidthInteger & SignedInteger>(
    _ text: UnsafeRawBufferPointer, as type: Number.Type
  ) -> Int128? {
    var index = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { index = 1 }
    var value: Number = 0
    var digits = 0
    var places: Int?
    while index < text.count {
      let byte = text[index]
      index &+= 1
      if byte == UInt8(ascii: "."), places == nil, digits > 0 {
        places = 0
        continue
      }
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10, type == Int64.self || value < roomForDigit else { return nil }
      value = value &* 10 &+ Number(digit)
      digits &+= 1
      if let count = places { places = count &+ 1 }
    }
    let count = places ?? 0
    guard digits > 0, count <= scale, places != 0 else { return nil }
    let (product, overflow) = Int128(value).multipliedReportingOverflow(by: PowersOfTen.shared[scale &- count])
    return overflow ? nil : checked(isNegative ? -product : product)
  }

  private func checked(_ unscaled: Int128?) -> Int128? {
    guard let unscaled, unscaled < limit, unscaled > -limit else { return nil }
    return unscaled
  }

  /// The shortest digits that read back as `value`, when they end within the scale: no other decimal has fewer places.
  private func shortest(_ value: Double) -> Int128? {
    guard value.magnitude < 1e38 else { return nil }
    var unscaled: Int128 = 0
    // Places to move the point to the right.
    var shift = scale
    var isFraction = false
    var text = value.magnitude.description.utf8.makeIterator()
    while let byte = text.next() {
      if byte == UInt8(ascii: "e") {
        shift += Self.exponent(&text)
      } else if byte == UInt8(ascii: ".") {
        isFraction = true
      } else {
        unscaled = unscaled * 10 + Int128(byte - UInt8(ascii: "0"))
        if isFraction { shift -= 1 }
      }
    }
    while shift < 0, unscaled % 10 == 0 {
      unscaled /= 10
      shift += 1
    }
    guard (0...38).contains(shift) else { return nil }
    let (product, overflow) = unscaled.multipliedReportingOverflow(by: Self.power(shift))
    return overflow ? nil : value < 0 ? -product : product
  }

  /// The number behind an `e`, which always has a sign.
  private static func exponent(_ text: inout String.UTF8View.Iterator) -> Int {
    let isNegative = text.next() == UInt8(ascii: "-")
    var exponent = 0
    while let byte = text.next() { exponent = exponent * 10 + Int(byte - UInt8(ascii: "0")) }
    return isNegative ? -exponent : exponent
  }

  private static func power(_ exponent: Int) -> Int128 {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}
