/// What a type declared in SQLite means, where SQLite itself would store anything: docs/types.md has the table.
package struct SQLiteDeclaredType: Hashable, Sendable {
  /// What the name promises beyond its affinity.
  package enum Promise: Hashable, Sendable {
    /// `BOOLEAN`, `BOOL`: whole numbers 0 and 1.
    case boolean
    /// `DATE`: days as ISO text.
    case date
    /// `DATETIME`, `TIMESTAMP` and their like: moments as ISO text, with so many digits behind the second.
    case timestamp(scale: Int)
    /// `DECIMAL(p,s)` and `NUMERIC(p,s)` with at most 38 digits.
    case decimal(precision: Int, scale: Int)
    /// `NUMERIC`, `DECIMAL`, `NUMBER`, `MONEY` without arguments: any number.
    case number
    /// Text of at most so many characters.
    case text(length: Int?)
    /// `BLOB`: bytes.
    case bytes
    /// Nothing but the affinity.
    case none
  }

  package var affinity: SQLiteAffinity
  package var promise: Promise

  package init(_ declaredType: String, isStrict: Bool = false) {
    affinity = SQLiteAffinity(declaredType: declaredType, isStrict: isStrict)
    let type = TypeName(declaredType)
    let arguments = type?.arguments ?? []
    switch (type?.name ?? "", affinity) {
    case ("boolean", _), ("bool", _):
      promise = .boolean
    case ("date", _):
      promise = .date
    case ("datetime", _), ("datetime2", _), ("smalldatetime", _), ("timestamp", _),
      ("timestamp without time zone", _):
      promise = .timestamp(scale: arguments.first.flatMap { (0...9).contains($0) ? $0 : nil } ?? 0)
    case ("decimal", _), ("numeric", _), ("dec", _), ("number", _), ("money", _), ("smallmoney", _):
      promise = Self.decimal(arguments)
    case (_, .text):
      promise = .text(length: arguments.count == 1 ? arguments.first.flatMap { $0 > 0 ? $0 : nil } : nil)
    case (let name, .blob) where name.contains("blob"):
      promise = .bytes
    default:
      promise = .none
    }
  }

  /// The type when the values are what the declaration says; no value has been looked at.
  package var expected: LogicalType {
    switch promise {
    case .boolean: .boolean
    case .date: .date
    case .timestamp(let scale): .timestamp(scale: scale)
    case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
    case .number: .float
    case .text(let length): .text(length: length)
    case .bytes: .binary(length: nil)
    case .none:
      switch affinity {
      case .integer: .integer
      case .text: .text(length: nil)
      case .real: .float
      case .blob, .numeric: .variant
      }
    }
  }

  private static func decimal(_ arguments: [Int]) -> Promise {
    guard let precision = arguments.first, (1...38).contains(precision) else { return .number }
    let scale = arguments.count > 1 ? arguments[1] : 0
    return (0...precision).contains(scale) ? .decimal(precision: precision, scale: scale) : .number
  }
}
