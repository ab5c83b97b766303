/// One row of a result; values are read by column name, and a value of another kind is an error.
package struct SQLRow: Sendable, Hashable {
  /// The result's column names in order, the same array for all rows of a result.
  package let columns: [String]
  package let values: [SQLValue]

  package init(columns: [String], values: [SQLValue]) {
    self.columns = columns
    self.values = values
  }

  /// - Throws: ``SQLError`` with code `type` when the result has no such column.
  package func value(_ column: String) throws -> SQLValue {
    guard let index = columns.firstIndex(of: column), index < values.count else {
      throw SQLError(.type, "the result has no column \(column)")
    }
    return values[index]
  }

  package func int(_ column: String) throws -> Int {
    guard let value = try optionalInt(column) else { throw wrongType(column, "an integer") }
    return value
  }

  /// Nil for NULL.
  package func optionalInt(_ column: String) throws -> Int? {
    switch try value(column) {
    case .null: return nil
    case .integer(let value): return Int(value)
    default: throw wrongType(column, "an integer")
    }
  }

  package func bool(_ column: String) throws -> Bool {
    try int(column) != 0
  }

  /// A real or an integer.
  package func double(_ column: String) throws -> Double {
    switch try value(column) {
    case .real(let value): return value
    case .integer(let value): return Double(value)
    default: throw wrongType(column, "a number")
    }
  }

  package func text(_ column: String) throws -> String {
    guard let value = try optionalText(column) else { throw wrongType(column, "text") }
    return value
  }

  /// Nil for NULL.
  package func optionalText(_ column: String) throws -> String? {
    switch try value(column) {
    case .null: return nil
    case .text(let value): return value
    default: throw wrongType(column, "text")
    }
  }

  private func wrongType(_ column: String, _ expected: String) -> SQLError {
    SQLError(.type, "column \(column) holds no value that is \(expected)")
  }
}
