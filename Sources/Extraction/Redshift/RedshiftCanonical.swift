import Catalogs

/// The canonical text of docs/checksums.md as expressions of Redshift, so that the cluster digests rows next to them.
enum RedshiftCanonical {
  /// The class letter of a column's values.
  static func letter(_ type: RedshiftType) -> Character {
    switch type.form {
    case .bool: "b"
    case .integer: "i"
    case .numeric: "m"
    case .float: "f"
    case .text: "s"
    case .bytes: "x"
    case .date: "d"
    case .time: "h"
    case .timestamp: "p"
    case .instant: "z"
    }
  }

  /// The text of a value, without class and length; NULL for NULL. A floating-point number is as the server writes it: see
  /// ``real(_:)``.
  static func text(_ column: String, _ type: RedshiftType) -> String {
    switch type.form {
    case .bool: return "CASE WHEN \(column) THEN '1' WHEN NOT \(column) THEN '0' END"
    case .instant: return plain("(\(column) AT TIME ZONE 'UTC')", type)
    default: return plain(column, type)
    }
  }

  static func plain(_ column: String, _ type: RedshiftType) -> String {
    switch type.form {
    case .text, .bytes: type.text(column)
    case .float: "CAST(CAST(\(column) AS FLOAT8) AS VARCHAR)"
    case .time: "TO_CHAR(DATE '2000-01-01' + \(column), 'HH24:MI:SS.US')"
    case .timestamp, .instant:
      "CASE WHEN \(column) >= '0001-01-01' AND \(column) < '10000-01-01' "
        + "THEN TO_CHAR(\(column), 'YYYY-MM-DD HH24:MI:SS.US') ELSE CAST(\(column) AS VARCHAR) END"
    default: "CAST(\(column) AS VARCHAR)"
    }
  }

  /// The canonical text of a row whose values are already text in the columns `names`.
  static func row(_ names: [(name: String, type: RedshiftType)]) -> String {
    guard !names.isEmpty else { return "CAST('' AS VARCHAR)" }
    return names.map { name, type in
      let text = type.form == .float ? real(name) : name
      return "COALESCE('\(letter(type))' || CAST(OCTET_LENGTH(\(text)) AS VARCHAR) || ':' || \(text), 'n')"
    }.joined(separator: " || ")
  }

  /// A number as the server writes it with all its digits (`0.1`, `-1e+20`) as 17 digits and an exponent of three: Redshift has
  /// no format for that.
  private static func real(_ text: String) -> String {
    let digits = "LTRIM(SPLIT_PART(\(text), 'e', 1), '-')"
    let whole = "SPLIT_PART(\(digits), '.', 1)"
    let places = "SPLIT_PART(\(digits), '.', 2)"
    let significant = "RPAD(LTRIM(\(whole) || \(places), '0'), 17, '0')"
    let written = "COALESCE(CAST(NULLIF(LTRIM(SPLIT_PART(\(text), 'e', 2), '+'), '') AS INT), 0)"
    let exponent =
      "(CASE WHEN LTRIM(\(whole) || \(places), '0') = '' THEN 0 WHEN \(whole) <> '0' THEN LEN(\(whole)) - 1 + \(written) "
      + "ELSE LEN(LTRIM(\(places), '0')) - LEN(\(places)) - 1 + \(written) END)"
    return """
      CASE WHEN \(text) IN ('NaN', 'Infinity', '-Infinity') THEN \(text) ELSE \
      CASE WHEN \(text) LIKE '-%' THEN '-' ELSE '' END || LEFT(\(significant), 1) || '.' || SUBSTRING(\(significant), 2, 16) || 'e' || \
      CASE WHEN \(exponent) < 0 THEN '-' ELSE '+' END || LPAD(CAST(ABS(\(exponent)) AS VARCHAR), 3, '0') END
      """
  }
}
