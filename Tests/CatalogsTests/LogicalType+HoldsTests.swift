import Catalogs
import Testing

struct LogicalTypeHoldsTests {
  struct Case: Sendable {
    var column: LogicalType
    var values: LogicalType
    var fits: Bool

    init(_ column: LogicalType, _ values: LogicalType, _ fits: Bool) {
      self.column = column
      self.values = values
      self.fits = fits
    }
  }

  static let types = LogicalTypeTests.all.map(\.0)

  @Test(arguments: types)
  func `A type holds itself, and a variant holds all`(type: LogicalType) {
    #expect(type.holds(type))
    #expect(LogicalType.variant.holds(type))
    if type != .variant { #expect(!type.holds(.variant)) }
  }

  @Test(arguments: types)
  func `What holds what is passed on`(a: LogicalType) {
    guard a != .variant else { return }
    // One exception: an integer column takes 0 and 1 for false and true, and a double takes no integer.
    for b in Self.types where a.holds(b) && b != .integer && b != .decimal(precision: 5, scale: -2) {
      for c in Self.types where b.holds(c) { #expect(a.holds(c), "\(a) holds \(b), which holds \(c)") }
    }
  }

  @Test(arguments: [
    Case(.integer, .decimal(precision: 18, scale: 0), true),
    Case(.integer, .decimal(precision: 19, scale: 0), false),
    Case(.integer, .decimal(precision: 4, scale: 1), false),
    Case(.decimal(precision: 19, scale: 0), .integer, true),
    Case(.decimal(precision: 38, scale: 20), .integer, false),
    Case(.decimal(precision: 2, scale: 2), .boolean, false),
    Case(.decimal(precision: 10, scale: 4), .decimal(precision: 8, scale: 2), true),
    Case(.decimal(precision: 10, scale: 4), .decimal(precision: 9, scale: 2), false),
    Case(.float, .decimal(precision: 15, scale: 2), true),
    Case(.float, .decimal(precision: 16, scale: 2), false),
    Case(.float, .integer, false),
    Case(.text(length: 10), .text(length: 10), true),
    Case(.text(length: 10), .text(length: 11), false),
    Case(.text(length: 10), .text(length: nil), false),
    Case(.text(length: nil), .text(length: 11), true),
    Case(.text(length: 20), .integer, true),
    Case(.text(length: 19), .integer, false),
    Case(.text(length: 5), .decimal(precision: 2, scale: 2), true),
    Case(.text(length: 7), .decimal(precision: 3, scale: 5), false),
    Case(.text(length: 8), .decimal(precision: 3, scale: 5), true),
    Case(.text(length: nil), .binary(length: 1), false),
    Case(.binary(length: 4), .binary(length: nil), false),
    Case(.timestamp(scale: 3), .timestamp(scale: 6), false),
    Case(.timestamp(scale: 0), .date, true),
    Case(.date, .timestamp(scale: 0), false),
    Case(.instant(scale: 6), .timestamp(scale: 6), false),
    Case(.time(scale: 6), .time(scale: 6), true),
    Case(.uuid, .text(length: 36), false),
    Case(.text(length: 36), .uuid, true),
  ])
  func `Values fit or do not`(expected: Case) {
    #expect(expected.column.holds(expected.values) == expected.fits)
  }
}
