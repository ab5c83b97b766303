import Catalogs

/// What the values of a column must be for it to keep its declared type, asked of the server as aggregates.
///
/// Staged nanoseconds end in the years 1677 and 2262, and a staged instant has no offset: a column that has a value beyond
/// either becomes text, but for one that needs no more than microseconds, which reach all years.
struct SQLServerValueProfile {
  private let column: Column
  private let type: SQLServerType
  /// In the order of ``aggregates(_:)``; nil before a value was seen.
  private var found: [Bool?] = [nil, nil, nil]

  /// Nil for a column whose type holds every value it may have.
  init?(_ column: Column) {
    let type = SQLServerType(column.declaredType)
    switch (type.form, column.type) {
    case (.datetimeoffset, .instant): break
    case (.datetime2, .timestamp) where type.scale > 6: break
    default: return nil
    }
    self.column = column
    self.type = type
  }

  var name: String { column.name }
  static let aggregateCount = 3

  /// Aggregates over the values in `value`: whether one lies beyond nanoseconds, needs more than microseconds, has an offset.
  func aggregates(_ value: String) -> [String] {
    let moment = type.form == .datetimeoffset ? SQLServerKeyColumn.utc(value, type.scale) : value
    func any(_ condition: String) -> String {
      "MAX(CASE WHEN \(value) IS NULL THEN NULL WHEN \(condition) THEN 1 ELSE 0 END)"
    }
    let isCoarse = type.scale <= 6
    return [
      isCoarse
        ? any("1 = 0")
        : any(
          "\(moment) < CAST('1677-09-22T00:00:00' AS datetime2(7)) OR \(moment) >= CAST('2262-04-11T00:00:00' AS datetime2(7))"
        ),
      isCoarse ? any("1 = 0") : any("CONVERT(varchar(27), \(moment), 121) NOT LIKE '%0'"),
      type.form == .datetimeoffset ? any("DATEPART(tzoffset, \(value)) <> 0") : any("1 = 0"),
    ]
  }

  /// Takes in what the server answers for some of the rows.
  mutating func take(_ answers: [String?]) {
    for (index, answer) in answers.enumerated() {
      guard let answer else { continue }
      found[index] = (found[index] ?? false) || answer == "1"
    }
  }

  /// Every row looked at has NULL.
  var isEmpty: Bool { found[0] == nil }

  /// The type that all values fit.
  var fitting: LogicalType {
    let (isFar, isFine, hasOffset) = (found[0] ?? false, found[1] ?? false, found[2] ?? false)
    if hasOffset || (isFar && isFine) { return .text(length: nil) }
    guard isFar else { return column.type }
    return type.form == .datetimeoffset ? .instant(scale: 6) : .timestamp(scale: 6)
  }
}
