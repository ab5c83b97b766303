import Catalogs
import Parquet

extension LogicalType {
  /// How the staged file holds values of this type: docs/types.md has the table for those who read it.
  var staged: ColumnType {
    switch self {
    case .boolean: .bool
    case .integer: .int64
    case .decimal(let precision, let scale): .decimal128(precision: precision, scale: scale)
    case .float: .float64
    case .text, .variant, .uuid: .utf8
    case .binary: .binary
    case .date: .date32
    case .time(let scale): .time64(scale <= 6 ? .micros : .nanos)
    case .timestamp(let scale): .timestamp(scale <= 6 ? .micros : .nanos, isAdjustedToUTC: false)
    case .instant(let scale): .timestamp(scale <= 6 ? .micros : .nanos, isAdjustedToUTC: true)
    }
  }
}
