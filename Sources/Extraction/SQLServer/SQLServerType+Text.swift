extension SQLServerType {
  /// A value as text in SQL, every digit of it, in one form whatever the session's settings; NULL for NULL.
  ///
  /// This is what a staged text column holds, what keys and watermarks are written as, and what checksums are made of.
  /// Styles: 121 is ISO with a blank and the type's own digits, 23 the date alone, 3 the 17 digits that tell every double from
  /// the next, 2 and 1 hexadecimal digits without and with `0x`.
  func text(_ column: String) -> String {
    switch form {
    case .bit, .integer: "CAST(\(column) AS varchar(20))"
    case .decimal: "CAST(\(column) AS varchar(41))"
    case .money: "CAST(CAST(\(column) AS decimal(\(precision),4)) AS varchar(41))"
    case .real, .float: "CONVERT(varchar(32), CAST(\(column) AS float), 3)"
    case .date: "CONVERT(varchar(10), \(column), 23)"
    case .time: "CONVERT(varchar(16), \(column), 121)"
    case .datetime: "CONVERT(varchar(23), \(column), 121)"
    case .smalldatetime: "CONVERT(varchar(19), \(column), 120)"
    case .datetime2: "CONVERT(varchar(27), \(column), 121)"
    case .datetimeoffset: "CONVERT(varchar(34), \(column), 121)"
    case .narrowText, .wideText: column
    case .binary: name == "image" ? hex("CAST(\(column) AS varbinary(max))", nil) : hex(column, length)
    case .rowversion: hex("CAST(\(column) AS binary(8))", 8)
    case .assembly: hex("CAST(\(column) AS varbinary(max))", nil)
    case .uniqueidentifier: "LOWER(CAST(\(column) AS varchar(36)))"
    case .variant: Self.variantText(column)
    case .xml, .json, .vector: "CAST(\(column) AS nvarchar(max))"
    case .hierarchy: "\(column).ToString()"
    case .spatial: "(N'SRID=' + CAST(\(column).STSrid AS nvarchar(11)) + N';' + \(column).ToString())"
    }
  }

  /// Bytes that ``text(_:)`` has at the most; nil where there is no bound, or none that fits a `varchar` with a length.
  var textBytes: Int? {
    switch form {
    case .bit, .integer, .decimal, .money, .real, .float, .date, .time, .datetime, .smalldatetime, .datetime2,
      .datetimeoffset, .uniqueidentifier:
      41
    case .binary: length.flatMap { $0 <= 3900 ? $0 * 2 : nil }
    case .rowversion: 16
    // A unit of UTF-16, and a byte of a code page, becomes three bytes of UTF-8 at the most.
    case .narrowText, .wideText: length.flatMap { $0 <= 2600 ? $0 * 3 : nil }
    case .variant, .xml, .json, .vector, .hierarchy, .spatial, .assembly: nil
    }
  }

  /// Whether ``text(_:)`` may have more than ASCII.
  var isTextWide: Bool {
    switch form {
    case .narrowText, .wideText, .variant, .xml, .json, .vector, .hierarchy, .spatial: true
    default: false
    }
  }

  /// Lower-case hexadecimal digits of the bytes.
  private func hex(_ bytes: String, _ length: Int?) -> String {
    let size = length.flatMap { $0 <= 3900 ? "\(max(1, $0 * 2))" : nil } ?? "max"
    return "LOWER(CONVERT(varchar(\(size)), \(bytes), 2))"
  }

  /// The value that a variant holds, by the type it holds it as.
  private static func variantText(_ column: String) -> String {
    func moment(_ type: String) -> String {
      "WHEN '\(type)' THEN CONVERT(nvarchar(4000), CAST(\(column) AS \(type)), 121)"
    }
    return """
      CASE CAST(SQL_VARIANT_PROPERTY(\(column), 'BaseType') AS varchar(128)) \
      WHEN 'float' THEN CONVERT(nvarchar(4000), CAST(\(column) AS float), 3) \
      WHEN 'real' THEN CONVERT(nvarchar(4000), CAST(CAST(\(column) AS real) AS float), 3) \
      WHEN 'money' THEN CAST(CAST(\(column) AS decimal(19,4)) AS nvarchar(4000)) \
      WHEN 'smallmoney' THEN CAST(CAST(\(column) AS decimal(10,4)) AS nvarchar(4000)) \
      WHEN 'uniqueidentifier' THEN LOWER(CAST(\(column) AS nvarchar(4000))) \
      WHEN 'binary' THEN CONVERT(nvarchar(max), CAST(\(column) AS varbinary(8000)), 1) \
      WHEN 'varbinary' THEN CONVERT(nvarchar(max), CAST(\(column) AS varbinary(8000)), 1) \
      \(["datetime", "smalldatetime", "date", "time", "datetime2", "datetimeoffset"].map(moment).joined(separator: " ")) \
      ELSE CAST(\(column) AS nvarchar(4000)) END
      """
  }
}
