package import Catalogs

extension SQLiteDialect {
  /// True only where every value that the source may hold in the key sorts, as the load stores it, exactly as it sorts
  /// in the source, and equal values stay equal.
  package func orders(
    _ column: Column, as type: LogicalType, into target: Column?, like source: SourcePlatform
  ) -> Bool {
    let affinity = SQLiteAffinity(declared: target?.declaredType ?? sqlType(for: type))
    return switch source {
    case .sqlite: ordersLikeSQLite(column, as: type, into: target, affinity)
    case .sqlserver, .postgresql, .redshift: ordersLikeServer(column, as: type, into: target, affinity, source)
    }
  }

  /// Another SQLite file compares storage class before value, so both columns must hold the same classes.
  private func ordersLikeSQLite(
    _ column: Column, as type: LogicalType, into target: Column?, _ affinity: SQLiteAffinity
  ) -> Bool {
    let origin = SQLiteAffinity(declared: column.declaredType)
    let collation = Self.collation(column)
    let hasSameCollation = collation == Self.collation(target) && ["BINARY", "NOCASE", "RTRIM"].contains(collation)
    switch type {
    case .boolean, .integer, .float: return origin.isNumeric && affinity != .text
    case .decimal(let precision, _):
      return precision <= Self.numericDigits && origin.isNumeric && affinity != .text
    case .text: return origin == .text && !affinity.isNumeric && hasSameCollation
    case .binary: return true
    case .variant: return affinity == .blob && hasSameCollation
    // Only text of ten characters is staged as a date, and it is stored as it was.
    case .date: return Self.collation(target) == "BINARY"
    // The source may hold other spellings than the one that is stored.
    case .time, .timestamp, .instant, .uuid: return false
    }
  }

  private func ordersLikeServer(
    _ column: Column, as type: LogicalType, into target: Column?, _ affinity: SQLiteAffinity,
    _ source: SourcePlatform
  ) -> Bool {
    let isBinary = Self.collation(target) == "BINARY"
    switch type {
    case .boolean, .integer: return affinity != .text
    case .decimal(let precision, _): return precision <= Self.numericDigits && affinity != .text
    // PostgreSQL and Redshift sort NaN, which SQLite has not.
    case .float: return source == .sqlserver && affinity != .text
    // ISO text of one length and of years 0000 to 9999, the only ones that are taken, sorts as time does.
    case .date, .time, .timestamp, .instant: return isBinary
    case .uuid: return source == .postgresql && isBinary
    case .binary:
      // SQL Server takes 0x01 and 0x0100 for equal unless all values are of one length.
      let name = TypeName(column.declaredType)?.name
      return source == .postgresql
        || source == .sqlserver && ["binary", "rowversion", "timestamp"].contains(name ?? "")
    case .text:
      // SQL Server and Redshift ignore blanks at the end, and so does PostgreSQL in a text of fixed length.
      let name = TypeName(column.declaredType)?.name
      let isPadded = ["character", "char", "bpchar"].contains(name ?? "")
      return source == .postgresql && !isPadded && isBinary && !affinity.isNumeric
        && ["BINARY", "C", "POSIX", "UCS_BASIC"].contains(Self.collation(column))
    case .variant: return false
    }
  }

  /// Upper case; plain byte order is SQLite's `BINARY`.
  private static func collation(_ column: Column?) -> String {
    column?.collation?.uppercased() ?? "BINARY"
  }
}
