/// The canonical text of docs/checksums.md as expressions of T-SQL, so that the server digests rows next to them.
///
/// UTF-8 needs a collation that SQL Server has from 2019 on. Older servers write text as the hexadecimal digits of its UTF-16,
/// under the letter `w`: a definition of its own, compared with itself alone.
struct SQLServerCanonical {
  /// The server can write UTF-8.
  let hasUTF8: Bool

  /// Arguments of one call of CONCAT; a function takes 254.
  private static let columnsPerCall = 200

  private var collation: String { hasUTF8 ? "Latin1_General_100_BIN2_UTF8" : "Latin1_General_100_BIN2" }

  /// The class letter of a column's values.
  func letter(_ type: SQLServerType) -> Character {
    switch type.form {
    case .bit: "b"
    case .integer: "i"
    case .decimal, .money: "m"
    case .real, .float: "f"
    case .binary, .rowversion, .assembly: "x"
    case .date: "d"
    case .time: "h"
    case .datetime, .smalldatetime, .datetime2: "p"
    case .uniqueidentifier: "u"
    // A moment's offset counts too, and `z` has none.
    case .datetimeoffset: "s"
    case .narrowText, .wideText, .variant, .xml, .json, .vector, .hierarchy, .spatial: hasUTF8 ? "s" : "w"
    }
  }

  /// The text of a value, without class and length; NULL for NULL. All are of one collation, or they could not be joined.
  func text(_ column: String, _ type: SQLServerType) -> String {
    guard type.isTextWide else { return "\(type.text(column)) COLLATE \(collation)" }
    let units = type.textBytes == nil || (type.length ?? 0) > 4000 ? "max" : "\(type.length ?? 4000)"
    let wide = "CAST(\(type.text(column)) AS nvarchar(\(units)))"
    if hasUTF8 {
      return "CAST(\(wide) COLLATE \(collation) AS varchar(\(type.textBytes.map(String.init) ?? "max")))"
    }
    return "LOWER(CONVERT(varchar(max), CAST(\(wide) AS varbinary(max)), 2)) COLLATE \(collation)"
  }

  /// The canonical text of a row whose values are already text in the columns `names`.
  func row(_ names: [(name: String, type: SQLServerType)]) -> String {
    guard !names.isEmpty else { return "''" }
    let fields = names.map { name, type in
      "ISNULL('\(letter(type))' + CAST(DATALENGTH(\(name)) AS varchar(20)) + ':' + \(name), 'n')"
    }
    return stride(from: 0, to: fields.count, by: Self.columnsPerCall).map { start in
      let call = fields[start..<min(start + Self.columnsPerCall, fields.count)].joined(separator: ", ")
      return "CONCAT(CAST('' AS varchar(max)), \(call))"
    }.joined(separator: " + ")
  }
}
