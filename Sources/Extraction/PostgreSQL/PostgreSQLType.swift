import Catalogs

/// What a type declared in PostgreSQL means: how its values come over the wire, and which SQL stands for them.
///
/// Made from the declared type alone (`format_type`, domains replaced by what they rest on), so that a table out of a plan
/// says all that is needed. docs/types.md has the table.
struct PostgreSQLType: Equatable {
  /// How the binary format writes a value. Source: the `…send` functions of PostgreSQL's `src/backend/utils/adt`.
  enum Wire: Equatable {
    case bool, int16, int32, int64
    /// An object identifier: 32 bits without sign.
    case oid
    case float32, float64, numeric
    /// UTF-8, also for what was cast to text on the server.
    case text
    case bytes
    /// Days since 2000-01-01.
    case date
    /// Microseconds since midnight.
    case time
    /// Microseconds since 2000-01-01, of the wall or in UTC.
    case timestamp, instant
    case uuid
  }

  /// What the values are, beyond how they are written.
  enum Kind: Equatable {
    case plain
    case money, json, array
    /// Blanks at the end do not count.
    case padded
    /// Everything that has no form of its own here: it travels as the text the server writes.
    case other
  }

  /// As declared.
  let declared: String
  let wire: Wire
  let kind: Kind
  /// Without length and precision: what a literal is cast to.
  let castName: String
  /// The type that holds every value that is not out of the ordinary; see ``PostgreSQLValueProfile``.
  let logical: LogicalType

  init(_ declared: String) {
    self.declared = declared
    let name = TypeName(declared)
    let arguments = name?.arguments ?? []
    let first = arguments.first
    var (wire, kind, cast) = (Wire.text, Kind.plain, name?.name ?? declared)
    switch declared.hasSuffix("[]") ? "[]" : cast {
    case "boolean": (wire, logical) = (.bool, .boolean)
    case "smallint": (wire, logical) = (.int16, .integer)
    case "integer": (wire, logical) = (.int32, .integer)
    case "bigint": (wire, logical) = (.int64, .integer)
    case "oid": (wire, logical) = (.oid, .integer)
    case "real": (wire, logical) = (.float32, .float)
    case "double precision": (wire, logical) = (.float64, .float)
    case "numeric": (wire, logical) = Self.numeric(arguments)
    case "money": (wire, kind, logical) = (.numeric, .money, .decimal(precision: 19, scale: 2))
    case "text", "character varying", "name":
      logical = .text(length: cast == "name" ? 63 : first)
    case "character", "bpchar": (kind, cast, logical) = (.padded, "bpchar", .text(length: first))
    case "bytea": (wire, logical) = (.bytes, .binary(length: nil))
    case "date": (wire, logical) = (.date, .date)
    case "time without time zone": (wire, logical) = (.time, .time(scale: first ?? 6))
    case "timestamp without time zone": (wire, logical) = (.timestamp, .timestamp(scale: first ?? 6))
    case "timestamp with time zone": (wire, logical) = (.instant, .instant(scale: first ?? 6))
    case "uuid": (wire, logical) = (.uuid, .uuid)
    case "json", "jsonb": (kind, logical) = (.json, .text(length: nil))
    case "[]": (kind, cast, logical) = (.array, declared, .text(length: nil))
    default: (kind, cast, logical) = (.other, declared, .text(length: nil))
    }
    self.wire = wire
    self.kind = kind
    castName = cast
  }

  /// Whether the order of the values is the order of the text they are written as.
  var isText: Bool { wire == .text && (kind == .plain || kind == .padded) }

  /// Types without an order that PostgreSQL itself knows.
  var isOrdered: Bool {
    !["json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "xid", "cid"].contains(castName)
  }

  /// What COPY selects for a column whose planned type is `planned`, and how the value then comes.
  func selected(_ column: String, as planned: LogicalType) -> (sql: String, wire: Wire) {
    switch planned {
    case .variant: (kind == .json ? "\(column)::text" : "to_json(\(column))::text", .text)
    case .text where !isText: (text(column), .text)
    default: kind == .money ? ("\(column)::numeric", .numeric) : wire == .text ? (text(column), .text) : (column, wire)
    }
  }

  /// The value as the text that a staged file has for it.
  func text(_ column: String) -> String {
    switch kind {
    // JSON has no place for a first index other than 1; the server's own form has, in brackets in front.
    case .array:
      "CASE WHEN \(column)::text LIKE '[%' THEN \(column)::text ELSE array_to_json(\(column))::text END"
    case .money: "\(column)::numeric::text"
    case .plain, .padded: wire == .text ? column : "\(column)::text"
    case .json, .other: "\(column)::text"
    }
  }

  /// `NUMERIC(p,s)` as a decimal of at most 38 digits, a scale below zero or above the precision put right; without digits
  /// every number is text, which keeps the zeros behind the point.
  private static func numeric(_ arguments: [Int]) -> (Wire, LogicalType) {
    guard let precision = arguments.first else { return (.numeric, .text(length: nil)) }
    let scale = arguments.count > 1 ? arguments[1] : 0
    let digits = scale < 0 ? precision - scale : max(precision, scale)
    return (.numeric, digits <= 38 ? .decimal(precision: digits, scale: max(0, scale)) : .text(length: nil))
  }
}
