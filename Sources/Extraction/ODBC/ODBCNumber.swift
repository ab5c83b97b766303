import Glibc

/// Numbers that drivers write as text.
enum ODBCNumber {
  /// The decimal that `text` writes, as a whole number of the decimal's last place; nil when it does not fit.
  ///
  /// Drivers leave out the zero before the point (`.50`, `-.5`).
  static func decimal(_ text: UnsafeRawBufferPointer, _ decimal: ExactDecimal) -> Int128? {
    let sign = text.first == UInt8(ascii: "-") ? 1 : 0
    guard text.count > sign, text.count < 80, text[sign] == UInt8(ascii: ".") else {
      return decimal.unscaled(text: text)
    }
    return withUnsafeTemporaryAllocation(byteCount: text.count + 1, alignment: 1) { whole in
      if sign == 1 { whole[0] = UInt8(ascii: "-") }
      whole[sign] = UInt8(ascii: "0")
      UnsafeMutableRawBufferPointer(rebasing: whole[(sign + 1)...]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: text[sign...]))
      return decimal.unscaled(text: UnsafeRawBufferPointer(whole))
    }
  }

  /// The double that `text` writes with enough digits to be exactly that one.
  static func real(_ text: UnsafeRawBufferPointer) -> Double? {
    guard !text.isEmpty, text.count < 64 else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      UnsafeMutableRawBufferPointer(copy).copyMemory(from: text)
      copy[text.count] = 0
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(copy.baseAddress!, &end)
      return end == copy.baseAddress! + text.count ? value : nil
    }
  }
}
