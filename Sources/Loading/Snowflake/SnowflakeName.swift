package import Catalogs
import Crypto

/// How names, texts and what lies beside a table are written in Snowflake's SQL.
package enum SnowflakeName {
  /// A stored name as SQL writes it: without quotes where it reads the same, with them where it would fold or be a word of
  /// the language.
  package static func written(_ name: String) -> String {
    isPlain(name) && !reserved.contains(name) ? name : Identifier.quoted(name)
  }

  /// A table's name, as far as it is qualified.
  package static func written(_ name: ObjectName) -> String {
    [name.database, name.schema, name.table].compactMap { $0 }.map(written).joined(separator: ".")
  }

  /// Column names between commas.
  package static func list(_ columns: [String]) -> String {
    columns.map(written).joined(separator: ", ")
  }

  /// The stored name that an unquoted spelling gets, where the spelling needs no quotes; else the spelling itself.
  package static func folded(_ name: String) -> String {
    let upper = (try? Identifier.stored(name, folding: .upper)) ?? name
    return isPlain(upper) ? upper : name
  }

  /// Another object of the same schema.
  package static func beside(_ name: ObjectName, _ table: String) -> ObjectName {
    ObjectName(database: name.database, schema: name.schema, table: table)
  }

  /// Where a rebuild gathers its rows.
  package static func rebuild(of name: ObjectName) -> ObjectName {
    beside(name, extended(name.table, by: "__SCMPLAN_REBUILD"))
  }

  /// Where the rows of one part wait for their merge.
  package static func merge(of name: ObjectName, run: Int, part: Int, attempt: Int) -> ObjectName {
    beside(name, extended(name.table, by: "__SCMPLAN_MERGE_\(run)_\(part)_\(attempt)"))
  }

  /// Characters of a name.
  private static let longest = 255

  /// A name with an end of ours. Where both are too long, a digest stands for what is cut.
  private static func extended(_ name: String, by end: String) -> String {
    guard name.unicodeScalars.count + end.unicodeScalars.count > longest else { return name + end }
    let digest = "_" + Hashing.fingerprint(name).prefix(16).uppercased()
    let kept = name.unicodeScalars.prefix(longest - end.unicodeScalars.count - digest.unicodeScalars.count)
    return String(String.UnicodeScalarView(kept)) + digest + end
  }

  /// The stage through which the files of a schema's tables go.
  package static func stage(of name: ObjectName) -> ObjectName { beside(name, "SCMPLAN_STAGE") }

  /// The tables in which loads are noted, in the schema of the data.
  package static let ledgerTables = ["SCMPLAN_FENCE", "SCMPLAN_LEDGER", "SCMPLAN_SESSION"]

  /// A name as a literal for the `LIKE` of `SHOW`. It fits the name, and may fit others: whoever asks looks at the names in
  /// the answer. How escapes are read there is documented nowhere, so none is used.
  package static func pattern(_ name: String) -> String { text(name.replacing("\\", with: "_")) }

  /// A text literal. Snowflake reads backslashes inside it as escapes, so they are doubled; a NUL is written as one.
  package static func text(_ value: String) -> String {
    var literal = "'"
    for scalar in value.unicodeScalars {
      switch scalar {
      case "'": literal += "''"
      case "\\": literal += "\\\\"
      // Three digits, or digits that follow would be read as a part of it.
      case "\0": literal += "\\000"
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "'"
  }

  private static func isPlain(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, ("A"..."Z").contains(first) || first == "_" else { return false }
    return name.unicodeScalars.allSatisfy {
      ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "$"
    }
  }

  /// Words that Snowflake takes for its own where a name may stand, and some that it takes so only in places: quotes do no
  /// harm.
  ///
  /// Source: https://docs.snowflake.com/en/sql-reference/reserved-keywords
  private static let reserved: Set<String> = [
    "ACCOUNT", "ALL", "ALTER", "AND", "ANY", "AS", "BETWEEN", "BY", "CASE", "CAST", "CHECK", "COLUMN", "CONNECT",
    "CONNECTION", "CONSTRAINT", "CREATE", "CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
    "CURRENT_USER", "DATABASE", "DELETE", "DISTINCT", "DROP", "ELSE", "EXISTS", "FALSE", "FOLLOWING", "FOR", "FROM",
    "FULL", "GRANT", "GROUP", "GSCLUSTER", "HAVING", "ILIKE", "IN", "INCREMENT", "INNER", "INSERT", "INTERSECT", "INTO",
    "IS", "ISSUE", "JOIN", "LATERAL", "LEFT", "LIKE", "LOCALTIME", "LOCALTIMESTAMP", "MINUS", "NATURAL", "NOT", "NULL",
    "OF", "ON", "OR", "ORDER", "ORGANIZATION", "QUALIFY", "REGEXP", "REVOKE", "RIGHT", "RLIKE", "ROW", "ROWS", "SAMPLE",
    "SCHEMA", "SELECT", "SET", "SOME", "START", "TABLE", "TABLESAMPLE", "THEN", "TO", "TRIGGER", "TRUE", "TRY_CAST",
    "ANTI", "ASC", "ASOF", "AT", "BEFORE", "BOTH", "COLLATE", "DEFAULT", "DESC", "DESCRIBE", "DO", "END", "EXCEPT",
    "FETCH", "FOREIGN", "IDENTIFIER", "LEADING", "LIMIT", "MATCH_RECOGNIZE", "OFFSET", "ONLY", "OVER", "PIVOT",
    "PRIMARY",
    "REFERENCES", "RETURNING", "SEMI", "SHOW", "TRAILING", "UNPIVOT", "WINDOW",
    "UNION", "UNIQUE", "UPDATE", "USING", "VALUES", "VIEW", "WHEN", "WHENEVER", "WHERE", "WITH",
  ]
}
