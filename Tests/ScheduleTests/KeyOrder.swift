import Plans

/// The order of a table's key, told by values alone: what the parts of a plan mean.
struct KeyOrder {
  /// Column names; empty without a key.
  var columns: [String]
  /// Letters of one alphabet are equal whatever their case.
  var ignoresCase: Bool

  func has(_ row: Row, in range: PartRange) -> Bool {
    if range == .whole { return true }
    let values = columns.compactMap { row[$0] }
    guard values.count == columns.count else { return range == .nullKey }
    guard case .keys(let from, let to) = range else { return false }
    return from.map { !isLess(values, $0.values) } ?? true && to.map { isLess(values, $0.values) } ?? true
  }

  private func isLess(_ a: [KeyValue], _ b: [KeyValue]) -> Bool {
    for (a, b) in zip(a, b) {
      if isLess(a, b) { return true }
      if isLess(b, a) { return false }
    }
    return false
  }

  func isLess(_ a: KeyValue, _ b: KeyValue) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): return a < b
    case (.text(let a), .text(let b)):
      return ignoresCase
        ? Self.folded(a).lexicographicallyPrecedes(Self.folded(b)) : a.utf8.lexicographicallyPrecedes(b.utf8)
    default: preconditionFailure("\(a) and \(b) are in one column")
    }
  }

  private static func folded(_ text: String) -> [UInt8] {
    text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
  }

  /// Whether a watermark's value is in a window.
  static func has(_ value: KeyValue?, in window: Window?) -> Bool {
    guard let window else { return true }
    guard let value else { return window.includesNull }
    if let after = window.after {
      guard isBelow(after, value) || window.includesAfter && after == value else { return false }
    }
    return !isBelow(window.through, value)
  }

  static func isBelow(_ a: KeyValue, _ b: KeyValue) -> Bool {
    KeyOrder(columns: [], ignoresCase: false).isLess(a, b)
  }
}
