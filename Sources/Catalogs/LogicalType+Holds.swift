extension LogicalType {
  /// Whether every value of `other` can be stored in a column of this type and read back as the same value.
  package func holds(_ other: LogicalType) -> Bool {
    switch (self, other) {
    case (.variant, _): true
    case (.boolean, .boolean), (.float, .float), (.date, .date), (.uuid, .uuid): true
    case (.integer, .integer), (.integer, .boolean): true
    case (.integer, .decimal(let precision, let scale)): scale == 0 && precision <= 18
    case (.decimal(let precision, let scale), .integer): precision - scale >= 19
    case (.decimal(let precision, let scale), .boolean): precision > scale
    case (.decimal(let p, let s), .decimal(let q, let t)): s >= t && p - s >= q - t
    case (.float, .decimal(let precision, _)): precision <= 15
    case (.text(let room), .text(let length)): Self.fits(length, in: room)
    case (.text(let room), _): other.writtenLength.map { Self.fits($0, in: room) } ?? false
    case (.binary(let room), .binary(let length)): Self.fits(length, in: room)
    case (.time(let mine), .time(let theirs)), (.timestamp(let mine), .timestamp(let theirs)),
      (.instant(let mine), .instant(let theirs)):
      mine >= theirs
    case (.timestamp, .date): true
    default: false
    }
  }

  /// The most characters that a value takes when it is written as text; nil for types without one such text.
  private var writtenLength: Int? {
    switch self {
    case .boolean: 5
    case .integer: 20
    // A sign, a zero before the point, the point.
    case .decimal(let precision, let scale): max(precision, scale) + 3
    case .float: 24
    case .date: 10
    case .time: 18
    case .timestamp: 29
    case .instant: 35
    case .uuid: 36
    case .text, .binary, .variant: nil
    }
  }

  private static func fits(_ length: Int?, in room: Int?) -> Bool {
    guard let room else { return true }
    return length.map { $0 <= room } ?? false
  }
}
