import Plans

/// A row of the simulated table; `serial` is its primary key, and no two versions of it are alike.
struct ModelRow: Hashable, Comparable {
  var serial: Int64
  var version: Int64
  var key: Int64?
  var watermark: Int64?

  static func < (a: ModelRow, b: ModelRow) -> Bool { (a.serial, a.version) < (b.serial, b.version) }

  /// What tells it from other rows.
  func identity(_ isKeyedByPart: Bool) -> [Int64?] { isKeyedByPart ? [key, serial] : [serial] }

  func isIn(_ range: PartRange) -> Bool {
    switch range {
    case .whole: return true
    case .nullKey: return key == nil
    case .keys(let from, let to):
      guard let key else { return false }
      return (from.map { $0.integer <= key } ?? true) && (to.map { key < $0.integer } ?? true)
    }
  }

  func isIn(_ window: Window?) -> Bool {
    guard let window else { return true }
    guard let watermark else { return window.includesNull }
    if let after = window.after?.integer {
      guard watermark > after || watermark == after && window.includesAfter else { return false }
    }
    return watermark <= window.through.integer
  }

  /// The words of the row's own digest.
  var words: (high: UInt64, low: UInt64) {
    var word = SeededGenerator.mixed(UInt64(bitPattern: serial) &+ 0x1234)
    word = SeededGenerator.mixed(word ^ UInt64(bitPattern: version))
    word = SeededGenerator.mixed(word ^ UInt64(bitPattern: key ?? -7777))
    word = SeededGenerator.mixed(word ^ UInt64(bitPattern: watermark ?? -7777))
    return (word, SeededGenerator.mixed(word))
  }
}

extension Sequence<ModelRow> {
  var digest: RowDigest {
    var digest = RowDigest()
    for row in self {
      let words = row.words
      digest.add(high: words.high, low: words.low)
    }
    return digest
  }
}

extension KeyValue {
  var integer: Int64 {
    guard case .integer(let value) = self else { preconditionFailure("the model has whole numbers only") }
    return value
  }
}

extension Bound {
  var integer: Int64 { values[0].integer }
}
