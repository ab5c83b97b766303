import Catalogs

/// What the values of a column must be for it to keep its declared type, asked of the server as aggregates.
///
/// NaN, infinite times, years before 1 or after 9999 and the hour 24 have no place in a target's own types: a column that has
/// one becomes text. A number of any size gets digits enough for those that are there.
struct PostgreSQLValueProfile {
  private enum Question {
    /// All values keep to what this condition says.
    case keeps(String)
    /// The most places behind the point, and the largest number.
    case digits
  }

  private let question: Question
  private let column: Column
  private var isKept: Bool?
  private var scale: Int?
  private var largest: String?

  /// Nil for a column whose type holds every value it may have.
  init?(_ column: Column) {
    let type = PostgreSQLType(column.declaredType)
    switch (type.wire, column.type) {
    case (.numeric, .decimal) where type.kind != .money: question = .keeps("<> 'NaN'")
    case (.numeric, .text): question = .digits
    case (.date, .date): question = .keeps("BETWEEN '0001-01-01' AND '9999-12-31'")
    case (.timestamp, .timestamp): question = .keeps("BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999'")
    case (.instant, .instant): question = .keeps("BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'")
    case (.time, .time): question = .keeps("< '24:00'")
    default: return nil
    }
    self.column = column
  }

  var name: String { column.name }

  /// Aggregates over the values in `value`.
  func aggregates(_ value: String) -> [String] {
    switch question {
    case .keeps(let condition): ["bool_and(\(value) \(condition))"]
    case .digits: ["max(scale(\(value)))", "max(abs(\(value)))"]
    }
  }

  var aggregateCount: Int {
    switch question {
    case .keeps: 1
    case .digits: 2
    }
  }

  /// Takes in what the server answers for some of the rows.
  mutating func take(_ answers: [String?]) {
    switch question {
    case .keeps:
      guard let answer = answers[0] else { return }
      isKept = (isKept ?? true) && answer == "t"
    case .digits:
      guard let number = answers[1] else { return }
      scale = max(scale ?? 0, answers[0].flatMap { Int($0) } ?? 0)
      let whole = String(number.prefix { $0 != "." })
      let isOrdinary = number.utf8.first.map { (48...57).contains($0) } ?? false
      // One that is no number of digits outweighs all others.
      if largest.map({ $0 != Self.none && (!isOrdinary || whole.count > $0.count) }) ?? true {
        largest = isOrdinary ? whole : Self.none
      }
    }
  }

  private static let none = ""

  /// Every row looked at has NULL.
  var isEmpty: Bool {
    switch question {
    case .keeps: isKept == nil
    case .digits: largest == nil
    }
  }

  /// The type that all values fit.
  var type: LogicalType {
    switch question {
    case .keeps: return isKept ?? true ? column.type : .text(length: nil)
    case .digits:
      guard let largest, largest != Self.none, let scale, scale + (largest == "0" ? 0 : largest.count) <= 38 else {
        return column.type
      }
      return .decimal(precision: 38, scale: scale)
    }
  }
}
