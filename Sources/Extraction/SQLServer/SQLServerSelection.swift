import Catalogs
import ODBC
import Plans

/// What is selected for each column of an extraction, and how the driver hands it over.
enum SQLServerSelection {
  /// Units or bytes that a bound cell has at the most; longer values are streamed.
  private static let bound = 512
  private static let boundBytes = 1024

  static func of(_ plan: ColumnPlan, _ type: SQLServerType) -> ODBCSelection {
    let column = SQLServerName.quoted(plan.source)
    func fixed(_ sql: String, _ layout: ODBCLayout) -> ODBCSelection {
      ODBCSelection(plan: plan, sql: sql, layout: layout, stream: nil)
    }
    func narrow(_ sql: String) -> ODBCSelection { fixed(sql, .narrow(bytes: 64)) }
    func text(_ sql: String, _ length: Int?) -> ODBCSelection {
      guard let length, length <= bound else {
        return ODBCSelection(plan: plan, sql: sql, layout: .wide(units: bound), stream: .text)
      }
      return fixed(sql, .wide(units: max(1, length)))
    }
    func bytes(_ sql: String, _ length: Int?) -> ODBCSelection {
      guard let length, length <= boundBytes else {
        return ODBCSelection(plan: plan, sql: sql, layout: .binary(bytes: boundBytes), stream: .binary)
      }
      return fixed(sql, .binary(bytes: max(1, length)))
    }
    switch plan.type {
    case .variant: return text(variant(column, type), nil)
    case .text where !type.isText:
      return type.isTextWide || type.textBytes.map({ $0 > 64 }) ?? true
        ? text(type.text(column), nil) : narrow(type.text(column))
    case .binary where type.form == .spatial: return bytes("\(column).AsBinaryZM()", nil)
    // A moment on the wall is none in UTC, nor the other way round: such a plan's values are refused.
    case .instant where type.form != .datetimeoffset, .timestamp where type.form == .datetimeoffset:
      return bytes("CASE WHEN \(column) IS NULL THEN NULL ELSE 0x00 END", 1)
    default: break
    }
    switch type.form {
    case .bit: return fixed(column, .bit)
    case .integer:
      return fixed(column, type.name == "bigint" ? .int64 : type.name == "int" ? .int32 : .int16)
    case .decimal: return narrow(column)
    case .money: return narrow("CAST(\(column) AS decimal(\(type.precision),4))")
    case .real: return fixed(column, .float)
    case .float: return fixed(column, .double)
    case .date: return fixed(column, .date)
    case .time: return narrow(type.text(column))
    case .datetime: return fixed("CAST(\(column) AS datetime2(3))", .timestamp)
    case .smalldatetime: return fixed("CAST(\(column) AS datetime2(0))", .timestamp)
    case .datetime2: return fixed(column, .timestamp)
    case .datetimeoffset: return fixed(SQLServerKeyColumn.utc(column, type.scale), .timestamp)
    case .narrowText, .wideText: return text(column, type.length)
    case .binary: return bytes(column, type.length)
    case .rowversion: return bytes("CAST(\(column) AS binary(8))", 8)
    case .assembly: return bytes("CAST(\(column) AS varbinary(max))", nil)
    case .uniqueidentifier: return fixed(column, .guid)
    case .variant, .xml, .hierarchy, .spatial, .json, .vector: return text(type.text(column), nil)
    }
  }

  /// The JSON of docs/types.md: numbers as themselves, bytes in an object of their own, documents as they are, all else as a
  /// string.
  private static func variant(_ column: String, _ type: SQLServerType) -> String {
    func string(_ text: String) -> String { "'\"' + STRING_ESCAPE(\(text), 'json') + '\"'" }
    switch type.form {
    case .json: return type.text(column)
    case .bit, .integer: return type.text(column)
    case .real, .float: return type.text(column)
    case .binary, .rowversion, .assembly: return "'{\"$binary\":\"' + \(type.text(column)) + '\"}'"
    case .variant:
      return """
        CASE CAST(SQL_VARIANT_PROPERTY(\(column), 'BaseType') AS varchar(128)) \
        WHEN 'bit' THEN \(type.text(column)) WHEN 'tinyint' THEN \(type.text(column)) WHEN 'smallint' THEN \(type.text(column)) \
        WHEN 'int' THEN \(type.text(column)) WHEN 'bigint' THEN \(type.text(column)) WHEN 'float' THEN \(type.text(column)) \
        WHEN 'real' THEN \(type.text(column)) \
        WHEN 'binary' THEN N'{"$binary":"' + LOWER(CONVERT(nvarchar(max), CAST(\(column) AS varbinary(8000)), 2)) + N'"}' \
        WHEN 'varbinary' THEN N'{"$binary":"' + LOWER(CONVERT(nvarchar(max), CAST(\(column) AS varbinary(8000)), 2)) + N'"}' \
        ELSE \(string("CAST(\(type.text(column)) AS nvarchar(max))")) END
        """
    default: return string("CAST(\(type.text(column)) AS nvarchar(max))")
    }
  }
}
