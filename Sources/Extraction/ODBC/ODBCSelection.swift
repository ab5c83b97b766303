import Catalogs
import ODBC
import Plans

/// One column of an extraction through ODBC: what is selected for it, and how the driver hands it over.
struct ODBCSelection {
  var plan: ColumnPlan
  /// The expression in the source's SQL.
  var sql: String
  /// The buffer it is bound to while its values are short enough.
  var layout: ODBCLayout
  /// How a value is read that no bound buffer can hold; nil for types whose values have a fixed size.
  var stream: ODBCStreamKind?

  /// The selection's order on the wire: values that may have to be streamed come last, behind all bound ones, which is the
  /// order that every driver can stream in.
  static func wireOrder(_ columns: [ODBCSelection]) -> [Int] {
    columns.indices.filter { columns[$0].stream == nil } + columns.indices.filter { columns[$0].stream != nil }
  }
}
