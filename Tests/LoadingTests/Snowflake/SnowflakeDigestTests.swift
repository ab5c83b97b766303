import Catalogs
import Foundation
import Loading
import Plans
import Support
import Testing

/// Digests that the account makes next to its rows are those of the rows when they are fetched, and those of the staged files.
@Suite(.serialized, .blocking) struct SnowflakeDigestTests {
  /// A world with a column of every type that has a form, and rows with its values, the awkward ones among them.
  private func filled(rows: Int) async throws -> (world: SnowflakeWorld, staged: StagedPart) {
    let world = try await SnowflakeWorld([
      "K": .integer, "B": .boolean, "D": .decimal(precision: 20, scale: 4), "N": .decimal(precision: 30, scale: 0),
      "F": .float, "S": .text(length: nil), "X": .binary(length: 40), "Y": .date, "H": .time(scale: 3),
      "H0": .time(scale: 0), "W": .timestamp(scale: 6), "W0": .timestamp(scale: 0), "Z": .instant(scale: 3), "U": .uuid,
    ])
    try world.prepare()
    var random = SeededGenerator(seed: 20_261_121)
    let request = try world.request(1, (0..<rows).map { Self.row(Int64($0), &random) })
    _ = try world.session().load(request)
    return (world, request.staged)
  }

  private static let reals = [
    0.1, 1 / 3, -2.5, 1e22, 1e23, .leastNonzeroMagnitude, 1.7976931348623157e308, 0, -0.0, 123_456_789.123456789,
    .infinity, -.infinity,
    .nan, -1e-7,
  ]
  private static let texts = ["", " ", "a", "a ", "A", "Größe \u{1F600}", "it's \\ \n", "n", "\u{301}e", "1:2"]

  private static func row(_ id: Int64, _ random: inout SeededGenerator) -> [Staged] {
    let day = Int64.random(in: -700_000...2_900_000, using: &random)
    let second = Int64.random(in: 0..<86_400, using: &random)
    let micro: Int64 = [0, 1, 500_000, 999_999].randomElement(using: &random)!
    let moment = (day % 100_000 * 86_400 + second) * 1_000_000
    let bytes = (0..<Int.random(in: 0...5, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    let values: [Staged] = [
      .bool(second % 2 == 0), .decimal(Int128(day) * 1_000_003), .decimal(Int128(day) * 1_000_000_000_000_000_003),
      .real(id % 3 == 0 ? Double.random(in: -1e9...1e9, using: &random) : reals.randomElement(using: &random)!),
      .text(texts.randomElement(using: &random)!), .bytes(bytes), .days(Int32(day)),
      .int((second * 1000 + micro / 1000) * 1000), .int(second * 1_000_000), .int(moment + micro), .int(moment),
      .int(moment + micro / 1000 * 1000), .text(UUID().uuidString.lowercased()),
    ]
    return [.int(id * 7_919 - 40_000)] + values.map { Int.random(in: 0..<9, using: &random) == 0 ? .null : $0 }
  }

  /// The digests by fetching every row.
  private func fetched(_ world: SnowflakeWorld, _ columns: [ColumnPlan], key: [Int]) throws -> [Int: RowDigest] {
    var found: [Int: RowDigest] = [:]
    let row = try ComparedRow(columns: columns.count, key: key)
    try world.session().scan(world.target, columns: columns, row) {
      found[$0.bucket, default: RowDigest()].add(high: $0.high, low: $0.low)
    }
    return found
  }

  private func staged(_ world: SnowflakeWorld, _ part: StagedPart, key: [Int]) throws -> [Int: RowDigest] {
    var found: [Int: RowDigest] = [:]
    let row = try ComparedRow(columns: world.columns.count, key: key)
    try StagedScan(world.columns, stage: world.files.stage).read(part.files, place: "t", row) {
      found[$0.bucket, default: RowDigest()].add(high: $0.high, low: $0.low)
    }
    return found
  }

  @Test func everyTypeHasOneTextInFilesInRowsAndInTheAccount() async throws {
    let (world, part) = try await filled(rows: 400)
    for key in [[0], [5, 9], []] {
      let made = try #require(try world.session().digests(world.target, columns: world.columns, key: key))
      #expect(made.count > 20 && made.values.reduce(0) { $0 + $1.rows } == 400)
      #expect(try made == staged(world, part, key: key), "\(key)")
      #expect(try made == fetched(world, world.columns, key: key), "\(key)")
    }
    // Each type by itself, so that none hides behind another.
    for column in world.columns {
      let made = try #require(try world.session().digests(world.target, columns: [column], key: [0]))
      #expect(try made == fetched(world, [column], key: [0]), "\(column.type)")
    }
  }

  @Test func aChangeOfAnyColumnIsSeenInItsRangeAlone() async throws {
    let (world, _) = try await filled(rows: 60)
    let session = world.session()
    let plants: [(sql: String, column: String)] = [
      ("B = CASE WHEN B THEN FALSE ELSE TRUE END", "B"), ("D = COALESCE(D, 0) + 0.0001", "D"),
      ("N = COALESCE(N, 0) + 1", "N"), ("F = 0.30000000000000004::FLOAT", "F"), ("S = COALESCE(S, '') || ' '", "S"),
      ("S = CASE WHEN S IS NULL THEN '' ELSE NULL END", "S"), ("X = TO_BINARY('0102030405060708', 'HEX')", "X"),
      ("Y = '1600-02-29'::DATE", "Y"), ("H = '11:11:11.001'::TIME(3)", "H"),
      ("W = '1601-01-01 00:00:00.000001'::TIMESTAMP_NTZ(6)", "W"),
      ("Z = '1601-01-01 00:00:00.001'::TIMESTAMP_LTZ(3)", "Z"),
      ("U = UPPER(COALESCE(U, 'a'))", "U"),
    ]
    for (index, plant) in plants.enumerated() {
      let before = try #require(try session.digests(world.target, columns: world.columns, key: [0]))
      _ = try world.rows("UPDATE \(world.target) SET \(plant.sql) WHERE K = \(index * 7_919 - 40_000)")
      let after = try #require(try session.digests(world.target, columns: world.columns, key: [0]))
      #expect(after.filter { before[$0.key] != $0.value }.count == 1, "\(plant.sql)")
      #expect(try after == fetched(world, world.columns, key: [0]), "\(plant.sql)")
    }
  }

  /// A target that is there already, with columns that hold more than the plan's types.
  @Test func aValueThatIsNoneOfItsTypeIsTheSameBothWays() async throws {
    let world = try await SnowflakeWorld()
    _ = try world.rows(
      """
      CREATE TABLE \(world.target) (K NUMBER(38,0), D NUMBER(12,4), I NUMBER(20,2), H TIME(6), W TIMESTAMP_NTZ(6),
        Z TIMESTAMP_TZ(6), BIG NUMBER(20,0))
      """)
    let columns = [
      SnowflakeDialectTests.column("K", .integer, "NUMBER(38,0)"),
      SnowflakeDialectTests.column("D", .decimal(precision: 8, scale: 1), "NUMBER(12,4)"),
      SnowflakeDialectTests.column("I", .integer, "NUMBER(20,2)"),
      SnowflakeDialectTests.column("H", .time(scale: 3), "TIME(6)"),
      SnowflakeDialectTests.column("W", .timestamp(scale: 0), "TIMESTAMP_NTZ(6)"),
      SnowflakeDialectTests.column("Z", .instant(scale: 1), "TIMESTAMP_TZ(6)"),
      SnowflakeDialectTests.column("BIG", .integer, "NUMBER(20,0)"),
    ]
    for row in [
      "1, 1.5, 3, '01:02:03.004', '2024-02-29 12:00:00', '2024-02-29 12:00:00.5 +02:00', 5",
      "2, 1.55, 3.25, '01:02:03.0045', '2024-02-29 12:00:00.1', '2024-02-29 12:00:00.55 +02:00', 10000000000000000000",
      "3, 99999999.9999, -0.01, '23:59:59.999999', '9999-12-31 23:59:59.999999', '1900-01-01 00:00:00 +00:00', -1",
      "4, NULL, NULL, NULL, NULL, NULL, NULL",
    ] {
      let values = row.split(separator: ", ").map(String.init)
      _ = try world.rows(
        """
        INSERT INTO \(world.target) SELECT \(values[0]), \(values[1]), \(values[2]), \(values[3])::TIME(6),
          \(values[4])::TIMESTAMP_NTZ(6), \(values[5])::TIMESTAMP_TZ(6), \(values[6])
        """)
    }
    for key in [[0], [1, 2, 3, 4, 5, 6]] {
      let made = try #require(try world.session().digests(world.target, columns: columns, key: key))
      #expect(try made == fetched(world, columns, key: key), "\(key)")
    }
    for column in columns {
      let made = try #require(try world.session().digests(world.target, columns: [column], key: [0]))
      #expect(try made == fetched(world, [column], key: [0]), "\(column.target)")
    }
  }

  /// A table that was there before may keep a value in a type of its own: it is what was staged all the same.
  @Test func valuesInColumnsOfOtherTypesAreWhatTheyMean() async throws {
    let world = try await SnowflakeWorld()
    world.columns = [
      SnowflakeDialectTests.column("ID", .integer, "VARCHAR(20)"),
      SnowflakeDialectTests.column("B", .boolean, "NUMBER(1,0)"),
      SnowflakeDialectTests.column("BT", .boolean, "VARCHAR(5)"),
      SnowflakeDialectTests.column("D", .decimal(precision: 10, scale: 2), "FLOAT"),
      SnowflakeDialectTests.column("DT", .decimal(precision: 10, scale: 2), "VARCHAR(13)"),
      SnowflakeDialectTests.column("Y", .date, "TIMESTAMP_NTZ(0)"),
      SnowflakeDialectTests.column("YT", .date, "VARCHAR(10)"),
      SnowflakeDialectTests.column("W", .timestamp(scale: 3), "VARCHAR(29)"),
    ]
    world.addressing = .wholeTable
    try world.prepare()
    let request = try world.request(
      1,
      [
        [
          .int(.min), .bool(true), .bool(false), .decimal(-5), .decimal(1250), .days(-1), .days(19_782),
          .int(1_709_208_000_500_000),
        ],
        Array(repeating: .null, count: 8),
      ])
    _ = try world.session().load(request)
    #expect(try world.session().digests(world.target, columns: world.columns, key: [0]) == nil)
    for key in [[0], []] {
      #expect(try staged(world, request.staged, key: key) == fetched(world, world.columns, key: key))
    }
    for (index, column) in world.columns.enumerated() {
      let scan = StagedScan([column], stage: world.files.stage)
      let wanted = try scan.digest(of: request.staged.files, place: "t")
      let found = try fetched(world, [column], key: []).values.reduce(RowDigest(), +)
      #expect(found == wanted, "column \(index)")
    }
  }

  @Test func onlyRowsOfTheRangesAreFetched() async throws {
    let (world, _) = try await filled(rows: 120)
    for key in [[0], [4], []] {
      let all = try fetched(world, world.columns, key: key)
      let some = Set(all.keys.sorted().prefix(9))
      var found: [Int: RowDigest] = [:]
      let row = try ComparedRow(columns: world.columns.count, key: key)
      try world.session().scan(world.target, columns: world.columns, key: key, buckets: some, row) {
        found[$0.bucket, default: RowDigest()].add(high: $0.high, low: $0.low)
      }
      #expect(found == all.filter { some.contains($0.key) })
    }
    let asked = try await world.bench.requests("query", user: world.user).compactMap(\.sql)
    #expect(asked.filter { $0.hasPrefix("SELECT \"K\"") && $0.contains(" IN ('") }.count == 3)
  }

  @Test func anAccountThatWritesRealsOtherwiseIsNotAsked() async throws {
    let (world, _) = try await filled(rows: 10)
    let session = world.session()
    let refused = try await world.bench.setFault([
      "act": "error", "kind": "query", "text": "EEEEE", "code": "001007", "user": .text(world.user), "times": 1000,
    ])
    #expect(try session.digests(world.target, columns: world.columns, key: [0]) == nil)
    try await world.bench.waitForFault(refused)
    let others = world.columns.filter { $0.type != .float }
    #expect(try session.digests(world.target, columns: others, key: [0]) == fetched(world, others, key: [0]))
    try await world.bench.clearFault(refused)
    // What an account answered once is not asked again in this session, and in the next it is.
    #expect(try session.digests(world.target, columns: world.columns, key: [0]) == nil)
    #expect(try world.session().digests(world.target, columns: world.columns, key: [0]) != nil)
  }

  @Test func typesWithoutACertainFormAreLeftToFetching() {
    for (type, target) in [
      (LogicalType.variant, "VARIANT"), (.integer, "VARCHAR(20)"), (.boolean, "NUMBER(1,0)"), (.date, "VARCHAR(10)"),
      (.decimal(precision: 10, scale: 2), "FLOAT"), (.decimal(precision: 10, scale: 4), "NUMBER(10,2)"),
      (.instant(scale: 3), "TIMESTAMP_NTZ(3)"), (.uuid, "UUID"), (.text(length: 1), "nonsense"),
    ] {
      let column = SnowflakeDialectTests.column("C", type, target)
      #expect(SnowflakeCanonical([column]) == nil && !SnowflakeCanonical.isKnown(column), "\(type) in \(target)")
    }
    #expect(SnowflakeCanonical([]) == nil)
  }

  @Test func anAnswerOfAnotherShapeIsNoDigest() {
    #expect(SnowflakeCanonical.digest(["n": "0"]) == RowDigest())
    #expect(SnowflakeCanonical.digest(["n": "1"]) == nil)
    #expect(SnowflakeCanonical.digest([:]) == nil)
    let words = ["n": "2", "w0": "4294967297", "w1": "8589934592", "w2": "0", "w3": "3"]
    #expect(SnowflakeCanonical.digest(words) == RowDigest(rows: 2, high: 0x0000_0003_0000_0000, low: 3))
    #expect(SnowflakeCanonical.buckets([words.merging(["b": "00f"]) { $1 }])?.keys.first == 15)
    #expect(SnowflakeCanonical.buckets([words.merging(["b": "zzz"]) { $1 }]) == nil)
    #expect(SnowflakeCanonical.buckets([["b": "00f"]]) == nil)
  }
}
