import Catalogs
import Extraction
import Foundation
import Plans
import Support
import Testing

/// Every type at its extremes, in blocks of bound columns and row by row with long values in pieces; docs/types.md has a line of
/// its table for each.
@Suite(.blocking, .serialized) struct SQLServerTypesTests {
  struct Case: Sendable, CustomStringConvertible {
    /// As declared.
    var type: String
    /// What docs/types.md calls it.
    var documented: String?
    var logical: String
    /// Literals and what is staged for them.
    var values: [(literal: String, staged: String)]
    var description: String { type }
  }

  private static let nines = String(repeating: "9", count: 38)
  private static let long = String(repeating: "漢😀é", count: 700)

  static let cases: [Case] = [
    Case(type: "bit", logical: "boolean", values: [("0", "false"), ("1", "true")]),
    Case(type: "tinyint", logical: "integer", values: [("0", "0"), ("255", "255")]),
    Case(type: "smallint", logical: "integer", values: [("-32768", "-32768"), ("32767", "32767")]),
    Case(type: "int", logical: "integer", values: [("-2147483648", "-2147483648"), ("2147483647", "2147483647")]),
    Case(
      type: "bigint", logical: "integer",
      values: [("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807")]),
    Case(
      type: "decimal(38,0)", documented: "decimal(p,s)", logical: "decimal(38,0)",
      values: [(nines, nines + "e-0"), ("-" + nines, "-\(nines)e-0"), ("0", "0e-0")]),
    Case(
      type: "numeric(38,38)", documented: "numeric(p,s)", logical: "decimal(38,38)",
      values: [("0." + nines, nines + "e-38"), ("-0." + nines, "-\(nines)e-38"), ("0", "0e-38")]),
    Case(
      type: "money", logical: "decimal(19,4)",
      values: [
        ("-922337203685477.5808", "-9223372036854775808e-4"), ("922337203685477.5807", "9223372036854775807e-4"),
        ("0.0001", "1e-4"),
      ]),
    Case(
      type: "smallmoney", logical: "decimal(10,4)",
      values: [("-214748.3648", "-2147483648e-4"), ("214748.3647", "2147483647e-4")]),
    Case(
      type: "real", logical: "float",
      values: [
        ("3.4028235e38", "3.4028234663852886e+38"), ("-1.17549435e-38", "-1.1754943508222875e-38"),
        ("0.1", "0.10000000149011612"),
      ]),
    Case(
      type: "float", logical: "float",
      values: [
        ("1.7976931348623157e308", "1.7976931348623157e+308"), ("-2.2250738585072014e-308", "-2.2250738585072014e-308"),
        ("0.1", "0.1"),
      ]),
    Case(type: "date", logical: "date", values: [("'0001-01-01'", "day -719162"), ("'9999-12-31'", "day 2932896")]),
    Case(
      type: "time(7)", documented: "time(s)", logical: "time(7)",
      values: [
        ("'00:00:00'", "tick 0"), ("'23:59:59.9999999'", "tick 86399999999900"), ("'00:00:00.0000001'", "tick 100"),
      ]),
    Case(type: "time(0)", documented: "time(s)", logical: "time(0)", values: [("'23:59:59'", "tick 86399000000")]),
    Case(
      type: "datetime", logical: "timestamp(3)",
      values: [
        ("'1753-01-01'", "tick -6847804800000000"), ("'9999-12-31T23:59:59.997'", "tick 253402300799997000"),
        ("'2024-02-29T12:00:00.007'", "tick 1709208000007000"),
      ]),
    Case(
      type: "smalldatetime", logical: "timestamp(0)",
      values: [("'1900-01-01'", "tick -2208988800000000"), ("'2079-06-06T23:59:00'", "tick 3453321540000000")]),
    Case(
      type: "datetime2(7)", documented: "datetime2(s)", logical: "timestamp(7)",
      values: [
        ("'1677-09-22 00:00:00.0000001'", "tick -9223286399999999900"),
        ("'2024-06-01 01:02:03.1234567'", "tick 1717203723123456700"),
        ("'2262-04-10 23:59:59.9999999'", "tick 9223286399999999900"),
      ]),
    Case(
      type: "datetime2(6)", documented: "datetime2(s)", logical: "timestamp(6)",
      values: [
        ("'0001-01-01'", "tick -62135596800000000"), ("'9999-12-31 23:59:59.999999'", "tick 253402300799999999"),
      ]),
    Case(
      type: "datetimeoffset(6)", documented: "datetimeoffset(s)", logical: "instant(6)",
      values: [
        ("'0001-01-01 00:00:00 +00:00'", "tick -62135596800000000"),
        ("'9999-12-31 23:59:59.999999 +00:00'", "tick 253402300799999999"),
      ]),
    Case(
      type: "char(4)", documented: "char(n)", logical: "text(4)",
      values: [("'ab'", "'ab  '"), ("''", "'    '"), ("'é€ßÿ'", "'é€ßÿ'")]),
    Case(
      type: "varchar(20)", documented: "varchar(n)", logical: "text(20)",
      values: [("'é€ß '' |'", "'é€ß ' |'"), ("''", "''")]),
    Case(
      type: "varchar(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8", documented: "varchar(n)", logical: "text(20)",
      values: [("N'漢😀'", "'漢😀'")]),
    Case(
      type: "varchar(20) COLLATE Cyrillic_General_CI_AS", documented: "varchar(n)", logical: "text(20)",
      values: [("N'Привет'", "'Привет'")]),
    Case(
      type: "nchar(4)", documented: "nchar(n)", logical: "text(4)", values: [("N'漢'", "'漢   '"), ("N'漢é漢é'", "'漢é漢é'")]),
    Case(
      type: "nvarchar(20)", documented: "nvarchar(n)", logical: "text(20)",
      values: [("N'漢😀é'", "'漢😀é'"), ("N''", "''")]),
    Case(
      type: "varchar(max)", logical: "text",
      values: [
        ("'short'", "'short'"),
        ("'" + String(repeating: "é", count: 9000) + "'", "'" + String(repeating: "é", count: 9000) + "'"),
      ]),
    Case(type: "nvarchar(max)", logical: "text", values: [("N'\(long)'", "'\(long)'"), ("N''", "''")]),
    Case(type: "text", logical: "text", values: [("'é€'", "'é€'")]),
    Case(type: "ntext", logical: "text", values: [("N'漢😀'", "'漢😀'")]),
    Case(type: "binary(4)", documented: "binary(n)", logical: "binary(4)", values: [("0x01FF", "x01ff0000")]),
    Case(
      type: "varbinary(8)", documented: "varbinary(n)", logical: "binary(8)",
      values: [("0x", "x"), ("0x00FF", "x00ff")]),
    Case(
      type: "varbinary(max)", logical: "binary",
      values: [
        ("0x", "x"), ("0x" + String(repeating: "00FF", count: 40_000), "x" + String(repeating: "00ff", count: 40_000)),
      ]),
    Case(type: "image", logical: "binary", values: [("0x00FF", "x00ff")]),
    Case(
      type: "uniqueidentifier", logical: "uuid",
      values: [
        ("'00112233-4455-6677-8899-AABBCCDDEEFF'", "'00112233-4455-6677-8899-aabbccddeeff'"),
        ("'00000000-0000-0000-0000-000000000000'", "'00000000-0000-0000-0000-000000000000'"),
      ]),
    Case(type: "xml", logical: "text", values: [("N'<a>漢😀</a>'", "'<a>漢😀</a>'")]),
    Case(type: "hierarchyid", logical: "text(4000)", values: [("hierarchyid::Parse('/1/5/12/')", "'/1/5/12/'")]),
    Case(
      type: "geometry", logical: "text",
      values: [("geometry::STGeomFromText('POINT (1.5 -2)', 0)", "'SRID=0;POINT (1.5 -2)'")]),
    Case(
      type: "geography", logical: "text",
      values: [("geography::Point(47.25, -122.5, 4326)", "'SRID=4326;POINT (-122.5 47.25)'")]),
    Case(
      type: "sql_variant", logical: "text",
      values: [
        ("CAST(5 AS smallint)", "'5'"), ("N'漢'", "'漢'"), ("CAST(1.25 AS decimal(9,3))", "'1.250'"),
        ("CAST('2024-01-02' AS date)", "'2024-01-02'"), ("0x00FF", "'0x00FF'"),
        ("CAST(0.1 AS float)", "'1.0000000000000001e-001'"), ("CAST(1.2345 AS money)", "'1.2345'"),
        ("CAST('2024-01-02 03:04:05.1234567' AS datetime2(7))", "'2024-01-02 03:04:05.1234567'"),
      ]),
  ]

  @Test(arguments: cases)
  func keepsEveryValue(_ tested: Case) async throws {
    let sample = try await SQLServerSample()
    let rows = tested.values.enumerated().map { "(\($0), \($1.literal), \($1.literal))" }
    let insert = rows.map { "INSERT INTO {} VALUES \($0);" }.joined(separator: "\n")
    let null = "INSERT INTO {} VALUES (99, NULL, \(tested.values[0].literal));"
    for (name, more) in [("bound", ""), ("streamed", ", w nvarchar(max)")] {
      try await sample.run(
        "CREATE TABLE \(name) (i int NOT NULL PRIMARY KEY, v \(tested.type) NULL, n \(tested.type) NOT NULL)")
      try await sample.run((insert + null).replacingOccurrences(of: "{}", with: name))
      if !more.isEmpty {
        // A value beyond every bound buffer: the whole table is read row by row.
        try await sample.run("ALTER TABLE streamed ADD w nvarchar(max) NULL")
        try await sample.run("UPDATE streamed SET w = REPLICATE(CAST(N'x' AS nvarchar(max)), 3000)")
      }
    }
    let expected =
      tested.values.enumerated().map { ["\($0)", $1.staged, $1.staged] } + [["99", "NULL", tested.values[0].staged]]
    let session = try sample.session()
    let table = try sample.table("bound", session)
    #expect(try sample.typed(table, session).columns[1].type.description == tested.logical)
    let bound = try sample.extracted("bound").sorted { $0[0] < $1[0] }
    #expect(bound == expected.sorted { $0[0] < $1[0] })
    let digest = try session.measure(
      MeasureRequest(
        table: table, key: nil, parts: [Part(id: 1, range: .whole)], digestColumns: table.columns.map(\.name))
    ).parts[0].digest
    #expect(
      try digest == StagedDigest(bound, sample.typed(table, session).columns).digest, "the server's digest is another")
    let streamed = try sample.extracted("streamed").sorted { $0[0] < $1[0] }
    #expect(streamed.map { Array($0.prefix(3)) } == expected.sorted { $0[0] < $1[0] })
    #expect(streamed.allSatisfy { $0[3].count == 3002 })
  }

  @Test func isWhatTheDocumentSays() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/types.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let section = try #require(
      text.components(separatedBy: "## SQL Server as a source").last?.components(separatedBy: "\n## ").first)
    for tested in Self.cases {
      let name = tested.documented ?? tested.type
      let row = section.split(separator: "\n").first {
        $0.hasPrefix("|") && $0.split(separator: "|")[0].contains("`\(name)`")
      }
      let logical = tested.logical.prefix { $0 != "(" }
      #expect(
        row?.split(separator: "|")[1].contains("`\(logical)") == true,
        "docs/types.md has no line for \(name) as \(logical)")
    }
  }

  @Test func turnsWhatHasNoPlaceIntoText() async throws {
    let sample = try await SQLServerSample(
      """
      CREATE TABLE t (i int, far datetime2(7), coarse datetime2(7), zoned datetimeoffset(7), utc datetimeoffset(7), none datetime2(7));
      INSERT INTO t VALUES (1, '9999-12-31 23:59:59.9999999', '9999-12-31 23:59:59.999999', '2024-06-01 01:02:03.1234567 +05:30',
        '2024-06-01 01:02:03.1234567 +00:00', NULL);
      INSERT INTO t VALUES (2, '0001-01-01', '0001-01-01', '2024-06-01 01:02:03 +00:00', NULL, NULL)
      """)
    let session = try sample.session()
    let typed = try sample.typed(sample.table("t", session), session)
    #expect(
      typed.columns.map(\.type.description) == [
        "integer", "text", "timestamp(6)", "text", "instant(7)", "timestamp(7)",
      ])
    #expect(
      try sample.extracted("t") == [
        [
          "1", "'9999-12-31 23:59:59.9999999'", "tick 253402300799999999", "'2024-06-01 01:02:03.1234567 +05:30'",
          "tick 1717203723123456700", "NULL",
        ],
        [
          "2", "'0001-01-01 00:00:00.0000000'", "tick -62135596800000000", "'2024-06-01 01:02:03.0000000 +00:00'",
          "NULL",
          "NULL",
        ],
      ])
  }

  /// As columnTypeMappings may ask for it.
  @Test func convertsWhereNothingIsLost() async throws {
    let sample = try await SQLServerSample(
      """
      CREATE TABLE t (i int, f float, d decimal(9,2), s nvarchar(20), b varbinary(4), v sql_variant, g geography, z datetimeoffset(0),
        y bit, u uniqueidentifier);
      INSERT INTO t VALUES (7, 0.5, -1.25, N'a"/b', 0x00FF, CAST(0x01 AS varbinary(1)), geography::Point(47.25, -122.5, 4326),
        '2024-06-01 01:00:00 +05:30', 1, '00112233-4455-6677-8899-AABBCCDDEEFF')
      """)
    let session = try sample.session()
    let table = try sample.table("t", session)
    func staged(_ types: [LogicalType]) throws -> [String] {
      var columns = SQLServerSample.columns(table)
      for index in columns.indices { columns[index].type = types[index] }
      let part = try session.extract(sample.request(table, columns: columns, prefix: UUID().uuidString)) { _ in }
      return try sample.read(part)[0]
    }
    #expect(
      try staged([
        .variant, .variant, .variant, .variant, .variant, .variant, .binary(length: nil), .instant(scale: 0), .integer,
        .variant,
      ]) == [
        "'7'", "'5.0000000000000000e-001'", "'\"-1.25\"'", #"'"a\"\/b"'"#, #"'{"$binary":"00ff"}'"#,
        #"'{"$binary":"01"}'"#,
        "x01010000000000000000a05ec00000000000a04740", "tick 1717183800000000", "1",
        "'\"00112233-4455-6677-8899-aabbccddeeff\"'",
      ])
    #expect(
      try staged([
        .text(length: nil), .text(length: nil), .text(length: nil), .text(length: nil), .text(length: nil),
        .text(length: nil),
        .text(length: nil), .text(length: nil), .text(length: nil), .text(length: nil),
      ]) == [
        "'7'", "'5.0000000000000000e-001'", "'-1.25'", "'a\"/b'", "'00ff'", "'0x01'",
        "'SRID=4326;POINT (-122.5 47.25)'",
        "'2024-06-01 01:00:00 +05:30'", "'1'", "'00112233-4455-6677-8899-aabbccddeeff'",
      ])
  }

  @Test(arguments: [
    ("i", LogicalType.date), ("m", .instant(scale: 3)), ("m", .timestamp(scale: 0)), ("s", .text(length: 2)),
    ("n", .integer),
  ])
  func refusesWhatDoesNotFit(column: String, type: LogicalType) async throws {
    let sample = try await SQLServerSample(
      "CREATE TABLE t (i int, m datetime2(3), s nvarchar(9), n int); INSERT INTO t VALUES (1, '2024-01-01 00:00:00.123', N'secret', NULL)"
    )
    let session = try sample.session()
    let table = try sample.table("t", session)
    var plan = try #require(SQLServerSample.columns(table).first { $0.source == column })
    plan.type = type
    plan.isNullable = column != "n"
    #expect {
      try session.extract(sample.request(table, columns: [plan])) { _ in }
    } throws: { error in
      let error = error as? ExtractionError
      return error?.code == .valueDoesNotFit && error?.place == "table dbo.t, column \(column)"
        && error?.message.contains("secret") == false
    }
    #expect(!FileManager.default.fileExists(atPath: sample.stage + "/run/part"))
  }
}
