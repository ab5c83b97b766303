import Catalogs
package import Plans

/// The expression by which COPY takes a column out of a staged Parquet file, exactly as it was staged.
///
/// Each value is first read as what it was staged as, with all its digits, and only then becomes what its column holds. So
/// no cast ever rounds, cuts or guesses: `VARCHAR(n)` as a cast cuts what is longer, so text is cast without a limit and
/// the column itself refuses it; `NUMBER(p,s)` as a cast rounds, so its digits are those of the file.
package enum SnowflakeCast {
  /// - Throws: ``LoadingError`` where Snowflake has no exact way between the two types.
  ///
  /// - Parameter name: what a file that the source wrote by itself calls the column; bytes are hexadecimal digits there.
  package static func expression(
    _ column: ColumnPlan, named name: String? = nil, place: String
  ) throws(LoadingError) -> String {
    let path = "$1:" + Identifier.quoted(name ?? column.target)
    guard let kind = SnowflakeType(column.targetType)?.kind else { throw refused(column, place) }
    switch (column.type, kind) {
    case (.variant, .variant): return "PARSE_JSON(\(path)::VARCHAR(\(SnowflakeType.longestText)))"
    case (.variant, _), (.decimal(_, 38...), _): throw refused(column, place)
    default: break
    }
    var value = path + "::" + staged(column.type)
    if name != nil, case .binary = column.type {
      value = "TO_BINARY(\(path)::VARCHAR(\(SnowflakeType.longestText)), 'HEX')"
    }
    switch (column.type, kind) {
    case (.boolean, .boolean), (.integer, .number), (.decimal, .number), (.float, .float), (.text, .varchar),
      (.uuid, .varchar), (.binary, .binary), (.date, .date), (.time, .time), (.timestamp, .timestamp(.none, _)),
      (.instant, .timestamp(.local, _)):
      return value
    case (_, .variant): return "TO_VARIANT(\(value))"
    case (.boolean, .number(let precision, let scale)): return "\(value)::NUMBER(\(precision),\(scale))"
    case (.boolean, .varchar), (.integer, .varchar), (.decimal, .varchar): return "\(value)::VARCHAR"
    case (.integer, .decfloat), (.decimal, .decfloat): return "\(value)::DECFLOAT"
    case (.decimal(let precision, _), .float) where precision <= 15: return "\(value)::FLOAT"
    case (.date, .timestamp(.none, _)): return "\(value)::TIMESTAMP_NTZ(9)"
    // Formats of the session would decide otherwise.
    case (.date, .varchar): return "TO_VARCHAR(\(value), 'YYYY-MM-DD')"
    case (.time(let scale), .varchar): return "TO_VARCHAR(\(value), 'HH24:MI:SS\(fraction(scale))')"
    case (.timestamp(let scale), .varchar): return "TO_VARCHAR(\(value), 'YYYY-MM-DD HH24:MI:SS\(fraction(scale))')"
    // Parquet has no type with an offset. The instant is exact in any session; its offset is the session's, which is UTC.
    case (.instant(let scale), .timestamp(.own, _)): return "\(value)::TIMESTAMP_TZ(\(scale))"
    case (.uuid, .uuid): return "\(value)::UUID"
    default: throw refused(column, place)
    }
  }

  /// The Snowflake type that takes every value of a staged column, digit by digit.
  private static func staged(_ type: LogicalType) -> String {
    switch type {
    case .boolean: "BOOLEAN"
    case .integer: "NUMBER(19,0)"
    case .decimal(let precision, let scale): "NUMBER(\(precision),\(scale))"
    case .float: "FLOAT"
    case .text, .uuid, .variant: "VARCHAR(\(SnowflakeType.longestText))"
    case .binary: "BINARY(\(SnowflakeType.longestBinary))"
    case .date: "DATE"
    case .time(let scale): "TIME(\(scale))"
    case .timestamp(let scale): "TIMESTAMP_NTZ(\(scale))"
    case .instant(let scale): "TIMESTAMP_LTZ(\(scale))"
    }
  }

  private static func fraction(_ scale: Int) -> String { scale == 0 ? "" : ".FF\(scale)" }

  private static func refused(_ column: ColumnPlan, _ place: String) -> LoadingError {
    LoadingError(
      .valueRefused, at: place,
      "\(column.source) is \(column.type) and \(column.target) \(column.targetType), and Snowflake has no exact way "
        + "between the two; map \(column.sourceType.isEmpty ? "the column's type" : column.sourceType) to VARCHAR with "
        + "columnTypeMappings, so that its text is staged, or change the target column")
  }
}
