/// The grain of a time of day or of a timestamp.
package enum TimeUnit: Hashable, Sendable {
  case micros, nanos
}

/// What a column of a Parquet file holds, and with it how its values lie in memory.
package enum ColumnType: Hashable, Sendable {
  case bool
  case int64
  case float64
  /// A number of at most `precision` digits (1 to 38), held as a whole number of its last of `scale` decimal places.
  case decimal128(precision: Int, scale: Int)
  /// Text in UTF-8. Whoever appends vouches that it is valid: nothing here looks at it.
  case utf8
  case binary
  /// Days since 1970-01-01.
  case date32
  /// Time since midnight.
  case time64(TimeUnit)
  /// Time since 1970-01-01 00:00: of a clock on the wall, or an instant when adjusted to UTC.
  case timestamp(TimeUnit, isAdjustedToUTC: Bool)
}

extension ColumnType {
  /// The type in the notation of the Arrow C data interface.
  ///
  /// Source: https://arrow.apache.org/docs/format/CDataInterface.html#data-type-description-format-strings
  var format: String {
    switch self {
    case .bool: "b"
    case .int64: "l"
    case .float64: "g"
    case .decimal128(let precision, let scale): "d:\(precision),\(scale)"
    case .utf8: "u"
    case .binary: "z"
    case .date32: "tdD"
    case .time64(.micros): "ttu"
    case .time64(.nanos): "ttn"
    case .timestamp(.micros, let isAdjusted): isAdjusted ? "tsu:UTC" : "tsu:"
    case .timestamp(.nanos, let isAdjusted): isAdjusted ? "tsn:UTC" : "tsn:"
    }
  }

  /// The type that `format` names; nil for those that have no case here.
  init?(format: String) {
    switch format {
    case "b": self = .bool
    case "l": self = .int64
    case "g": self = .float64
    case "u": self = .utf8
    case "z": self = .binary
    case "tdD": self = .date32
    case "ttu": self = .time64(.micros)
    case "ttn": self = .time64(.nanos)
    case _ where format.hasPrefix("tsu:"): self = .timestamp(.micros, isAdjustedToUTC: format.count > 4)
    case _ where format.hasPrefix("tsn:"): self = .timestamp(.nanos, isAdjustedToUTC: format.count > 4)
    case _ where format.hasPrefix("d:"):
      let numbers = format.dropFirst(2).split(separator: ",").compactMap { Int($0) }
      guard numbers.count == 2 else { return nil }
      self = .decimal128(precision: numbers[0], scale: numbers[1])
    default: return nil
    }
  }

  /// How values of this type lie in memory.
  @usableFromInline var layout: ColumnLayout {
    switch self {
    case .bool: .bits
    case .int64, .time64, .timestamp: .int64
    case .float64: .float64
    case .decimal128: .int128
    case .date32: .int32
    case .utf8, .binary: .bytes
    }
  }
}

/// The memory layouts of Arrow that the column types use.
@usableFromInline enum ColumnLayout: UInt8 {
  case bits, int32, int64, float64, int128
  /// 32-bit offsets, one more than there are values, into the bytes of all values end to end.
  case bytes

  /// Bytes of one value in the values buffer (of one offset, for bytes); 0 for bits.
  @usableFromInline var stride: Int {
    switch self {
    case .bits: 0
    case .int32, .bytes: 4
    case .int64, .float64: 8
    case .int128: 16
    }
  }
}
