import Catalogs
import Foundation
import Loading
import Plans
import Testing

/// Whether key ranges mean the same rows, tried on rows: a SQLite source table is cut in two at every value, and the
/// same cut is made in the loaded target.
@Suite struct SQLiteDialectOrderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var source: String
    var collation: String?
    var type: LogicalType
    /// Declared by the user; nil where the plan creates the column.
    var target: String?
    var targetCollation: String?
    /// SQL literals of the source's values, and how each is staged.
    var values: KeyValuePairs<String, Staged>
    var isAlike: Bool

    init(
      _ source: String, _ type: LogicalType, _ values: KeyValuePairs<String, Staged>, collation: String? = nil,
      target: String? = nil, targetCollation: String? = nil, isAlike: Bool = true
    ) {
      self.source = source
      self.type = type
      self.values = values
      self.collation = collation
      self.target = target
      self.targetCollation = targetCollation
      self.isAlike = isAlike
    }

    var testDescription: String {
      "\(source) \(collation ?? "") as \(type) into \(target ?? "a new column") \(targetCollation ?? "")"
    }

    var sourceColumn: Column {
      Column(
        name: "k", declaredType: source, type: type, collation: collation == "BINARY" ? nil : collation)
    }

    var targetColumn: Column? {
      guard target != nil || targetCollation != nil else { return nil }
      let declared = target ?? SQLiteDialect().sqlType(for: type)
      return Column(name: "k", declaredType: declared, type: type, collation: targetCollation)
    }
  }

  static let integers: KeyValuePairs<String, Staged> = [
    "10": .int(10), "9": .int(9), "-1": .int(-1), "9223372036854775807": .int(.max), "100": .int(100),
  ]
  static let texts: KeyValuePairs<String, Staged> = [
    "'a'": .text("a"), "'B'": .text("B"), "'b '": .text("b "), "'b'": .text("b"), "'A'": .text("A"), "''": .text(""),
    "'10'": .text("10"), "'9'": .text("9"), "'é'": .text("é"), "'z'": .text("z"),
  ]

  static let cases: [Case] = [
    Case("INTEGER", .integer, integers),
    Case("BIGINT", .integer, integers, target: "NUMBER(38,0)"),
    Case("INTEGER", .integer, integers, target: "VARCHAR(20)", isAlike: false),
    Case("BOOLEAN", .boolean, ["1": .bool(true), "0": .bool(false)]),
    Case("REAL", .float, ["0.1": .real(0.1), "10.0": .real(10), "9.5": .real(9.5), "-1e300": .real(-1e300)]),
    Case(
      "DECIMAL(10,2)", .decimal(precision: 10, scale: 2),
      ["0.99": .decimal(99), "10": .decimal(1000), "9.5": .decimal(950), "-3": .decimal(-300), "1.0": .decimal(100)]),
    Case(
      "DECIMAL(20,2)", .decimal(precision: 20, scale: 2), ["10": .decimal(1000), "9.5": .decimal(950)], isAlike: false),
    Case(
      "DATE", .date,
      ["'1970-01-10'": .days(9), "'1970-01-02'": .days(1), "'0001-01-01'": .days(-719_162), "'1969-12-31'": .days(-1)]),
    Case("TEXT", .text(length: nil), texts),
    Case("TEXT", .text(length: nil), texts, target: "VARIANT_BLOB"),
    Case("TEXT", .text(length: nil), texts, collation: "NOCASE", isAlike: false),
    Case("TEXT", .text(length: nil), texts, targetCollation: "NOCASE", isAlike: false),
    Case("VARCHAR(9)", .text(length: 9), texts, collation: "NOCASE", targetCollation: "nocase"),
    Case("VARCHAR(9)", .text(length: 9), texts, collation: "RTRIM", isAlike: false),
    Case("VARCHAR(9)", .text(length: 9), texts, collation: "RTRIM", targetCollation: "RTRIM"),
    Case(
      "BLOB", .binary(length: nil),
      ["x'00'": .bytes([0]), "x'ff'": .bytes([255]), "x''": .bytes([]), "x'0001'": .bytes([0, 1])]),
    Case(
      "", .variant,
      [
        "1": .text("1"), "'1'": .text("\"1\""), "x'31'": .text("{\"$binary\":\"31\"}"), "1.5": .text("1.5"),
        "'a'": .text("\"a\""), "10": .text("10"), "'B'": .text("\"B\""), "9": .text("9"),
      ]),
    Case("", .variant, ["'a'": .text("\"a\""), "'B'": .text("\"B\"")], collation: "NOCASE", isAlike: false),
  ]

  @Test(arguments: cases) func cutsMeanTheSameRowsExactlyWhereTheDialectSaysSo(_ trial: Case) throws {
    let claimed = SQLiteDialect().orders(
      trial.sourceColumn, as: trial.type, into: trial.targetColumn, like: .sqlite)
    #expect(claimed == trial.isAlike)
    let world = try World(["k": trial.type, "id": .integer])
    let raw = try world.raw()
    try raw.run("CREATE TABLE s (k \(trial.source) COLLATE \(trial.collation ?? "BINARY"), id INTEGER)")
    let declared = trial.target ?? SQLiteDialect().sqlType(for: trial.type)
    try raw.run("CREATE TABLE t (k \(declared) COLLATE \(trial.targetCollation ?? "BINARY"), id INTEGER)")
    for (id, value) in trial.values.enumerated() { try raw.run("INSERT INTO s VALUES (\(value.key), \(id))") }
    try world.prepare(creates: false)
    try world.load(1, trial.values.enumerated().map { [$0.element.value, .int(Int64($0.offset))] }, by: .append)
    var cuts = 0
    for value in trial.values {
      let below = try raw.column("SELECT id FROM s WHERE k < \(value.key) ORDER BY id")
      let deleted = try rowsBelow(value.key, trial, world)
      cuts += deleted == below ? 0 : 1
    }
    #expect((cuts == 0) == trial.isAlike, "\(cuts) cuts differ")
  }

  /// The rows that a load of the part below a value replaces, by their ids; the target is left as it was.
  private func rowsBelow(_ literal: String, _ trial: Case, _ world: World) throws -> [Cell] {
    let copy = try World.copy(of: world)
    let raw = try copy.raw()
    let bound = try #require(try Self.bound(raw, literal, trial.source))
    let before = Set(try raw.column("SELECT id FROM t"))
    try copy.load(2, [], in: .keys(from: nil, to: Bound([bound])))
    return before.subtracting(try raw.column("SELECT id FROM t")).sorted { "\($0)" < "\($1)" }
  }

  /// The value as the source stores it.
  private static func bound(_ raw: RawSQLite, _ literal: String, _ declared: String) throws -> KeyValue? {
    try raw.run("CREATE TEMP TABLE one (v \(declared)); INSERT INTO one VALUES (\(literal))")
    switch try raw.column("SELECT v FROM one").first {
    case .integer(let value)?: return .integer(value)
    case .real(let bits)?: return .real(Double(bitPattern: bits))
    case .text(let value)?: return .text(value)
    case .blob(let value)?: return .bytes(value)
    default: return nil
    }
  }

  @Test func timeTextsOfASQLiteSourceAreNotTrusted() {
    for type in [.timestamp(scale: 3), .time(scale: 0), .instant(scale: 0), .uuid] as [LogicalType] {
      let column = Column(name: "k", declaredType: "DATETIME", type: type)
      #expect(!SQLiteDialect().orders(column, as: type, into: nil, like: .sqlite))
    }
  }

  @Test(arguments: [
    ("int", LogicalType.integer, nil, SourcePlatform.sqlserver, true),
    ("numeric", .decimal(precision: 15, scale: 2), nil, .postgresql, true),
    ("numeric", .decimal(precision: 16, scale: 2), nil, .postgresql, false),
    ("float", .float, nil, .sqlserver, true), ("float8", .float, nil, .postgresql, false),
    ("date", .date, nil, .redshift, true), ("datetime2(7)", .timestamp(scale: 7), nil, .sqlserver, true),
    ("uuid", .uuid, nil, .postgresql, true), ("uniqueidentifier", .uuid, nil, .sqlserver, false),
    ("bytea", .binary(length: nil), nil, .postgresql, true),
    ("varbinary(8)", .binary(length: 8), nil, .sqlserver, false),
    ("binary(8)", .binary(length: 8), nil, .sqlserver, true), ("rowversion", .binary(length: 8), nil, .sqlserver, true),
    ("text", .text(length: nil), nil, .postgresql, true), ("text", .text(length: nil), "C", .postgresql, true),
    ("text", .text(length: nil), "en_US.utf8", .postgresql, false),
    ("character(3)", .text(length: 3), "C", .postgresql, false),
    ("varchar(9)", .text(length: 9), "Latin1_General_BIN2", .sqlserver, false),
    ("varchar(9)", .text(length: 9), nil, .redshift, false), ("sql_variant", .variant, nil, .sqlserver, false),
  ]) func serversUnderTheirConditions(
    declared: String, type: LogicalType, collation: String?, source: SourcePlatform, isAlike: Bool
  ) {
    let column = Column(name: "k", declaredType: declared, type: type, collation: collation)
    #expect(SQLiteDialect().orders(column, as: type, into: nil, like: source) == isAlike)
  }

  @Test func theTargetsOwnTypeAndCollationCountForServersToo() {
    let text = Column(name: "k", declaredType: "text", type: .text(length: nil))
    let folded = Column(name: "k", declaredType: "TEXT", type: .text(length: nil), collation: "NOCASE")
    #expect(!SQLiteDialect().orders(text, as: text.type, into: folded, like: .postgresql))
    let number = Column(name: "k", declaredType: "bigint", type: .integer)
    let asText = Column(name: "k", declaredType: "TEXT", type: .text(length: nil))
    #expect(!SQLiteDialect().orders(number, as: .integer, into: asText, like: .postgresql))
  }
}
