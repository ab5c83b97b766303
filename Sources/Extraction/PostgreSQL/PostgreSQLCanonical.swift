import Catalogs

/// The canonical text of docs/checksums.md as expressions of PostgreSQL, so that the server digests rows next to them.
enum PostgreSQLCanonical {
  /// Arguments of one call of `concat`; a function takes a hundred.
  private static let columnsPerCall = 40

  /// The class letter of a column's values.
  static func letter(_ type: PostgreSQLType) -> Character {
    switch type.wire {
    case .bool: "b"
    case .int16, .int32, .int64, .oid: "i"
    case .numeric: "m"
    case .float32, .float64: "f"
    case .text: "s"
    case .bytes: "x"
    case .date: "d"
    case .time: "h"
    case .timestamp: "p"
    case .instant: "z"
    case .uuid: "u"
    }
  }

  /// The text of a value, without class and length; NULL for NULL.
  static func text(_ column: String, _ type: PostgreSQLType) -> String {
    switch type.wire {
    case .bool: return "\(column)::int::text"
    case .float32, .float64: return real("\(column)::float8")
    case .bytes: return "encode(\(column), 'hex')"
    // Casts of a padded text cut its blanks; its output function does not.
    case .text: return type.kind == .padded ? "textin(bpcharout(\(column)))" : type.text(column)
    case .time:
      let moment = "to_char(DATE '2000-01-01' + \(column), \(format("", scale(type))))"
      return "CASE WHEN \(column) < '24:00' THEN \(cut(moment, 8, scale(type))) ELSE \(column)::text END"
    case .timestamp, .instant:
      let wall = type.wire == .instant ? "(\(column) AT TIME ZONE 'UTC')" : column
      let moment = cut("to_char(\(wall), \(format("YYYY-MM-DD ", scale(type))))", 19, scale(type))
      return
        "CASE WHEN \(wall) >= '0001-01-01' AND \(wall) < '10000-01-01' THEN \(moment) ELSE \(wall)::text END"
    case .numeric where type.kind == .money: return "\(column)::numeric::text"
    case .int16, .int32, .int64, .oid, .numeric, .date, .uuid: return "\(column)::text"
    }
  }

  /// The canonical text of a row whose values are already text in the columns `names`.
  ///
  /// `concat` passes over NULLs, so that a NULL leaves its letter `n` alone.
  static func row(_ names: [(name: String, type: PostgreSQLType)], isUTF8: Bool) -> String {
    let fields = names.map { name, type in
      let length = isUTF8 ? "octet_length(\(name))" : "octet_length(convert_to(\(name), 'UTF8'))"
      return "coalesce('\(letter(type))' || \(length) || ':', 'n'), \(name)"
    }
    guard fields.count > columnsPerCall else { return "concat(\(fields.joined(separator: ", ")))" }
    let calls = stride(from: 0, to: fields.count, by: columnsPerCall).map { start in
      "concat(\(fields[start..<min(start + columnsPerCall, fields.count)].joined(separator: ", ")))"
    }
    return calls.joined(separator: " || ")
  }

  /// 17 significant digits and an exponent of three; `to_char` gives one of two where two are enough.
  private static func real(_ value: String) -> String {
    "CASE WHEN \(value) IN ('NaN', 'Infinity', '-Infinity') THEN \(value)::text ELSE "
      + "regexp_replace(ltrim(to_char(\(value), '9.9999999999999999EEEE')), '([+-])(\\d\\d)$', '\\10\\2') END"
  }

  private static func scale(_ type: PostgreSQLType) -> Int {
    switch type.logical {
    case .time(let scale), .timestamp(let scale), .instant(let scale): scale
    default: 6
    }
  }

  private static func format(_ date: String, _ scale: Int) -> String {
    "'\(date)HH24:MI:SS\(scale > 0 ? ".US" : "")'"
  }

  /// The first of the six digits that `to_char` writes.
  private static func cut(_ text: String, _ length: Int, _ scale: Int) -> String {
    (1...5).contains(scale) ? "left(\(text), \(length + 1 + scale))" : text
  }
}
