import Catalogs

/// What a type declared in SQL Server means.
///
/// Made from the declared type alone (alias types replaced by what they rest on), so that a table out of a plan says all that is
/// needed. docs/types.md has the table.
struct SQLServerType: Equatable {
  /// What the values are, and so how they are written in SQL and read.
  enum Form: Equatable {
    case bit, integer, decimal, money, real, float
    case date, time, datetime, smalldatetime, datetime2, datetimeoffset
    /// Text of the collation's code page, and of UTF-16.
    case narrowText, wideText
    case binary, rowversion, uniqueidentifier
    /// Types without a form of their own: they travel as the text in ``text(_:)``.
    case variant, xml, hierarchy, spatial, json, vector
    /// A type made of somebody's assembly: its bytes as the server keeps them.
    case assembly
  }

  /// As declared.
  let declared: String
  /// The declared name without lengths and digits, in lower case.
  let name: String
  let form: Form
  /// UTF-16 units of wide text, bytes of all else; nil for `max` and for types without a length.
  let length: Int?
  /// Digits of a number.
  let precision: Int
  /// Places behind the point, or digits behind the second.
  let scale: Int
  /// The type that holds every value that is not out of the ordinary; see ``SQLServerValueProfile``.
  let logical: LogicalType

  init(_ declared: String) {
    self.declared = declared
    let type = TypeName(declared)
    let arguments = type?.arguments ?? []
    let first = arguments.first
    name = type?.name ?? declared
    var (length, precision, scale): (Int?, Int, Int) = (nil, 0, 0)
    switch name {
    case "bit": (form, logical) = (.bit, .boolean)
    case "tinyint", "smallint", "int", "bigint": (form, logical) = (.integer, .integer)
    case "decimal", "numeric":
      (precision, scale) = (first ?? 18, arguments.count > 1 ? arguments[1] : 0)
      (form, logical) = (.decimal, .decimal(precision: precision, scale: scale))
    case "money", "smallmoney":
      (precision, scale) = (name == "money" ? 19 : 10, 4)
      (form, logical) = (.money, .decimal(precision: precision, scale: scale))
    case "real": (form, logical) = (.real, .float)
    case "float": (form, logical) = (.float, .float)
    case "date": (form, logical) = (.date, .date)
    case "time":
      scale = first ?? 7
      (form, logical) = (.time, .time(scale: scale))
    case "datetime":
      scale = 3
      (form, logical) = (.datetime, .timestamp(scale: 3))
    case "smalldatetime": (form, logical) = (.smalldatetime, .timestamp(scale: 0))
    case "datetime2":
      scale = first ?? 7
      (form, logical) = (.datetime2, .timestamp(scale: scale))
    case "datetimeoffset":
      scale = first ?? 7
      (form, logical) = (.datetimeoffset, .instant(scale: scale))
    case "char", "varchar", "nchar", "nvarchar", "sysname":
      length = type?.isMax == true ? nil : first ?? (name == "sysname" ? 128 : 1)
      (form, logical) = (name.hasPrefix("n") || name == "sysname" ? .wideText : .narrowText, .text(length: length))
    case "text": (form, logical) = (.narrowText, .text(length: nil))
    case "ntext": (form, logical) = (.wideText, .text(length: nil))
    case "binary", "varbinary":
      length = type?.isMax == true ? nil : first ?? 1
      (form, logical) = (.binary, .binary(length: length))
    case "image": (form, logical) = (.binary, .binary(length: nil))
    case "rowversion", "timestamp":
      length = 8
      (form, logical) = (.rowversion, .binary(length: 8))
    case "uniqueidentifier": (form, logical) = (.uniqueidentifier, .uuid)
    case "sql_variant": (form, logical) = (.variant, .text(length: nil))
    case "xml": (form, logical) = (.xml, .text(length: nil))
    case "hierarchyid": (form, logical) = (.hierarchy, .text(length: 4000))
    case "geometry", "geography": (form, logical) = (.spatial, .text(length: nil))
    case "json": (form, logical) = (.json, .text(length: nil))
    case "vector": (form, logical) = (.vector, .text(length: nil))
    default: (form, logical) = (.assembly, .binary(length: nil))
    }
    self.length = length
    self.precision = precision
    self.scale = scale
  }

  /// Whether the server has an order of the values that a plan can write down.
  var isOrdered: Bool {
    switch form {
    case .variant, .xml, .spatial, .json, .vector, .assembly: false
    default: !["text", "ntext", "image"].contains(name)
    }
  }

  /// Whether the values are text of a collation.
  var isText: Bool { form == .narrowText || form == .wideText }

  /// What the reader of a plan should know of the column's way; nil where nothing is lost or turned into something else.
  var remark: String? {
    switch form {
    case .variant: "a sql_variant travels as text: what type each value had is not kept"
    case .spatial:
      "a \(name) travels as SRID=…;WKT, with as many digits as SQL Server's ToString() writes; map it to BINARY for WKB"
    case .hierarchy: "a hierarchyid travels as its path, /1/2/"
    case .vector:
      "a vector travels as the JSON array that SQL Server writes, whose digits may be fewer than the vector holds"
    case .assembly: "\(declared) is a type of an assembly: its bytes travel as SQL Server keeps them"
    default: nil
    }
  }
}
