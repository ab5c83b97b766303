import CODBC

/// A column of a result, as the driver describes it.
///
/// Type codes differ between drivers of one server (a float is 6 in one and 8 in the other): dialects decide by the
/// catalog's type names, and use this to check that the result is what they asked for.
package struct ODBCColumn: Sendable, Hashable {
  package var name: String
  /// A type code of sql.h or of the driver.
  package var type: Int
  /// Characters, bytes or digits, by type; 0 for values without a limit.
  package var size: Int
  package var decimalDigits: Int
  package var isNullable: Bool

  /// Whether its values are true or false.
  package var isBit: Bool { type == Int(SQL_BIT) }
}
