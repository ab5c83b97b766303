import Catalogs

/// What a type declared in Redshift means: how its values come over the wire, and which SQL stands for them.
///
/// Made from the declared type alone (`format_type`, or what a late-binding view or an external table says), so that a table
/// out of a plan says all that is needed. docs/redshift.md has the table.
struct RedshiftType: Equatable {
  /// How the text of a value is read.
  enum Form: Equatable {
    /// `t`, `f`.
    case bool
    case integer, numeric, float
    /// UTF-8, also for what is turned into text on the server.
    case text
    /// Hexadecimal digits.
    case bytes
    case date, time, timestamp, instant
  }

  /// What the values are, beyond how they are read.
  enum Kind: Equatable {
    case plain
    /// `CHAR(n)`: single-byte characters, blanks at the end do not count.
    case padded(Int)
    /// `SUPER`.
    case json
    /// `GEOMETRY`, `GEOGRAPHY`.
    case spatial
    /// `HLLSKETCH`.
    case sketch
    /// Everything else: the text that the server makes of it.
    case other
  }

  /// As declared.
  let declared: String
  let form: Form
  let kind: Kind
  /// The type that holds every value that is not out of the ordinary; see ``PostgreSQLValueProfile``.
  let logical: LogicalType

  init(_ declared: String) {
    self.declared = declared
    let name = TypeName(declared)
    let first = name?.arguments.first
    var (form, kind) = (Form.text, Kind.plain)
    switch (name?.name ?? declared).lowercased() {
    case "boolean", "bool": (form, logical) = (.bool, .boolean)
    case "smallint", "integer", "bigint", "int", "int2", "int4", "int8", "tinyint", "oid":
      (form, logical) = (.integer, .integer)
    case "real", "double precision", "float", "float4", "float8", "double": (form, logical) = (.float, .float)
    case "numeric", "decimal":
      (form, logical) = (.numeric, .decimal(precision: first ?? 18, scale: name?.arguments.dropFirst().first ?? 0))
    // Lengths are bytes: no value has more characters.
    case "character varying", "varchar", "nvarchar", "text", "string": logical = .text(length: first)
    case "character", "char", "bpchar", "nchar":
      let length = first ?? ((name?.name ?? "").lowercased() == "bpchar" ? 256 : 1)
      (kind, logical) = (.padded(length), .text(length: length))
    case "binary varying", "varbyte", "varbinary", "binary": (form, logical) = (.bytes, .binary(length: first))
    case "date": (form, logical) = (.date, .date)
    case "time without time zone", "time": (form, logical) = (.time, .time(scale: 6))
    case "timestamp without time zone", "timestamp": (form, logical) = (.timestamp, .timestamp(scale: 6))
    case "timestamp with time zone", "timestamptz": (form, logical) = (.instant, .instant(scale: 6))
    case "super": (kind, logical) = (.json, .text(length: nil))
    case "geometry", "geography": (kind, logical) = (.spatial, .text(length: nil))
    case "hllsketch": (kind, logical) = (.sketch, .text(length: nil))
    default: (kind, logical) = (.other, .text(length: nil))
    }
    self.form = form
    self.kind = kind
  }

  /// Whether the values may be compared, and so split a table.
  var isOrdered: Bool {
    switch kind {
    case .plain, .padded: true
    case .json, .spatial, .sketch, .other: false
    }
  }

  /// What a query in row mode selects for a column whose planned type is `planned`, and how the value then is read.
  func selected(_ column: String, as planned: LogicalType) -> (sql: String, form: Form) {
    switch planned {
    case .variant: (kind == .json ? text(column) : "JSON_SERIALIZE(CAST(\(column) AS SUPER))", .text)
    case .text: (text(column), .text)
    default:
      switch form {
      case .bytes: ("TO_HEX(\(column))", .bytes)
      case .text: (text(column), .text)
      // The text of a REAL has no more digits than tell it from other REALs: they are another double.
      case .float: ("CAST(\(column) AS FLOAT8)", .float)
      default: (column, form)
      }
    }
  }

  /// What UNLOAD selects, so that the Parquet column is what COPY's casts take: numbers, truth values and dates as they are;
  /// moments, times of day and bytes as text, since nothing tells how UNLOAD writes those.
  func unloaded(_ column: String, as planned: LogicalType) -> String {
    switch (planned, form) {
    case (.timestamp, .timestamp): "TO_CHAR(\(column), 'YYYY-MM-DD HH24:MI:SS.US')"
    case (.instant, .instant): "TO_CHAR(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'"
    case (.time, .time): "TO_CHAR(DATE '2000-01-01' + \(column), 'HH24:MI:SS.US')"
    case (.binary, .bytes): "LOWER(TO_HEX(\(column)))"
    case (.float, .float): column
    default: selected(column, as: planned).sql
    }
  }

  /// The value as the text that a staged file has for it.
  func text(_ column: String) -> String {
    switch kind {
    // Servers differ in whether a CHAR that becomes text keeps its blanks.
    case .padded(let length): return "RPAD(CAST(\(column) AS VARCHAR), \(length))"
    case .json: return "JSON_SERIALIZE(\(column))"
    case .spatial: return "ST_AsHexEWKB(\(column))"
    case .sketch, .other: return "CAST(\(column) AS VARCHAR)"
    case .plain: break
    }
    switch form {
    case .text: return column
    case .bool: return "CASE WHEN \(column) THEN 'true' WHEN NOT \(column) THEN 'false' END"
    case .bytes: return "LOWER(TO_HEX(\(column)))"
    default: return "CAST(\(column) AS VARCHAR)"
    }
  }

  /// What the reader of a plan should know of a column of this type.
  var remark: String? {
    switch kind {
    case .json: "\(declared) is staged as its JSON text, of at most 65,535 bytes"
    case .spatial: "\(declared) is staged as hexadecimal EWKB"
    case .sketch: "\(declared) is staged as the text Redshift writes for it"
    case .other: "\(declared) has no form of its own and is staged as the text Redshift writes for it"
    case .plain, .padded: nil
    }
  }
}
