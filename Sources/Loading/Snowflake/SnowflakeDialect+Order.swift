package import Catalogs

extension SnowflakeDialect {
  /// True only where every value that the source may hold in the key sorts in Snowflake exactly as it sorts in the source,
  /// and equal values stay equal: numbers, days and moments, bytes, and text under binary order on both sides.
  package func orders(
    _ column: Column, as type: LogicalType, into target: Column?, like source: SourcePlatform
  ) -> Bool {
    guard Self.keepsOrder(of: type, in: target?.declaredType ?? sqlType(for: type)), Self.isBinary(target) else {
      return false
    }
    return switch source {
    case .sqlite: Self.ordersLikeSQLite(column, type)
    case .sqlserver, .postgresql, .redshift: Self.ordersLikeServer(column, type, source)
    }
  }

  /// Whether the values still compare as what they are once they are in a column of the declared type: numbers that became
  /// text do not.
  private static func keepsOrder(of type: LogicalType, in declared: String) -> Bool {
    guard let kind = SnowflakeType(declared)?.kind else { return false }
    return switch (type, kind) {
    case (.boolean, .boolean), (.boolean, .number), (.integer, .number), (.integer, .decfloat),
      (.decimal, .number), (.decimal, .decfloat), (.decimal, .float), (.float, .float), (.text, .varchar),
      (.binary, .binary), (.date, .date), (.date, .timestamp), (.time, .time), (.timestamp, .timestamp),
      (.instant, .timestamp), (.uuid, .varchar):
      true
    default: false
    }
  }

  /// Snowflake compares text by its UTF-8 bytes unless a collation says otherwise.
  static func isBinary(_ target: Column?) -> Bool {
    ["", "utf8", "bin"].contains(target?.collation?.lowercased() ?? "")
  }

  /// SQLite compares the class of a value before the value, so its column must keep one class.
  private static func ordersLikeSQLite(_ column: Column, _ type: LogicalType) -> Bool {
    let affinity = SQLiteAffinity(declared: column.declaredType)
    let isPlain = column.collation?.uppercased() ?? "BINARY" == "BINARY"
    return switch type {
    case .boolean, .integer, .float: affinity.isNumeric
    // Longer decimals are no numbers of SQLite's own.
    case .decimal(let precision, _): precision <= 15 && affinity.isNumeric
    case .text: affinity == .text && isPlain
    case .binary: true
    // Only text of ten characters is staged as a day.
    case .date: isPlain
    // The source may hold other spellings than the one that is stored.
    case .time, .timestamp, .instant, .uuid, .variant: false
    }
  }

  private static func ordersLikeServer(_ column: Column, _ type: LogicalType, _ source: SourcePlatform) -> Bool {
    let name = TypeName(column.declaredType)?.name ?? ""
    switch type {
    case .boolean, .integer, .decimal, .date, .time, .timestamp, .instant: return true
    // PostgreSQL and Redshift hold NaN and tell -0.0 from 0.0 in places.
    case .float: return source == .sqlserver
    case .uuid: return source == .postgresql
    case .binary:
      // SQL Server takes 0x01 and 0x0100 for equal unless all values are of one length.
      return source == .postgresql || source == .sqlserver && ["binary", "rowversion", "timestamp"].contains(name)
    case .text:
      // SQL Server and Redshift ignore blanks at the end, and so does PostgreSQL in a text of fixed length.
      let isBinary = ["C", "POSIX", "UCS_BASIC", "BINARY"].contains(column.collation?.uppercased() ?? "BINARY")
      return source == .postgresql && isBinary && !["character", "char", "bpchar"].contains(name)
    case .variant: return false
    }
  }
}
