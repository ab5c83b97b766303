import Catalogs
import Loading
import Plans
import Testing
import Workflows

/// What a plan refuses because of the kind or the collation of its Snowflake target.
@Suite struct SnowflakeDialectObstaclesTests {
  private static let source = Table(
    name: ObjectName(table: "words"),
    columns: [
      Column(name: "word", declaredType: "TEXT", type: .text(length: nil), isNullable: false, collation: "NOCASE"),
      Column(name: "changed", declaredType: "TEXT", type: .text(length: nil), isNullable: false),
    ], primaryKey: ["word"])

  private static func target(_ traits: [String] = [], collation: String? = nil, ofChanged: String? = nil) -> Table {
    Table(
      name: ObjectName(table: "WORDS"),
      columns: [
        Column(
          name: "WORD", declaredType: "VARCHAR(16777216)", type: .text(length: nil), isNullable: false,
          collation: collation),
        Column(
          name: "CHANGED", declaredType: "VARCHAR(16777216)", type: .text(length: nil), isNullable: false,
          collation: ofChanged),
      ], traits: traits)
  }

  /// The refusals of a first load in two parts.
  private func refusals(
    _ target: Table?, metadataColumns: Bool = false, isFilled: Bool = false, parts: Int = 2,
    _ configure: (inout TableConfiguration) -> Void = { _ in }
  ) throws -> [String] {
    var table = TableConfiguration(
      source: ObjectReference(tableName: "words"), target: TargetReference(tableName: "words"))
    table.target.metadataColumns = metadataColumns
    configure(&table)
    let planner = Planner(sourcePlatform: .sqlite, dialect: SnowflakeDialect(), lineage: "L", fingerprint: { $0 })
    let facts = TableFacts(
      configuration: table, sourceName: Self.source.name, targetName: ObjectName(table: "WORDS"), source: Self.source,
      target: target, targetHasRows: isFilled, fence: nil, state: nil, isReplaceAsked: false)
    let bound = Bound([.text("m")])
    let ranges: [PartRange] = parts == 1 ? [.whole] : [.keys(from: nil, to: bound), .keys(from: bound, to: nil)]
    let layout = MeasuredLayout(
      parts: ranges.enumerated().map {
        MeasuredPart(part: Part(id: $0 + 1, range: $1), rows: 5, bytes: 50, digest: nil)
      }, totalRows: 5 * parts)
    let sizing = PartitionSizing(.auto, rows: 5 * parts, bytes: nil, extraction: .regular, synchronization: .none)
    return try planner.change(
      facts, try planner.assess(facts), Observation(source: Self.source, layout: layout, sizing: sizing)
    ).refusals
  }

  @Test(arguments: [("HYBRID", "hybrid"), ("ICEBERG", "Iceberg")])
  func aTableThatCannotBeSwappedIsNotRebuilt(trait: String, name: String) throws {
    let refusals = try refusals(Self.target([trait]))
    #expect(refusals.count == 1)
    #expect(refusals.first?.contains(name) == true && refusals.first?.contains("metadataColumns") == true)
    #expect(try self.refusals(Self.target(["TRANSIENT"])) == [])
    #expect(try self.refusals(Self.target([trait]), parts: 1) == [])
    let filled = try self.refusals(Self.target([trait]), isFilled: true)
    #expect(filled.count == 1 && filled.first?.contains("drop the table") == true)
  }

  @Test func anIcebergTableThatThePlanCreatesIsNotRebuiltEither() throws {
    let make = { (table: inout TableConfiguration) in
      table.target.tableType = .iceberg
      table.target.icebergConfig = IcebergConfiguration(externalVolume: "v")
    }
    #expect(try refusals(nil, make).count == 1)
    #expect(try refusals(nil, metadataColumns: true, make) == [])
  }

  /// A key that counts as another one would take that one's row along.
  @Test func aMergeByTextsThatCompareLooselyIsRefused() throws {
    let merge = { (table: inout TableConfiguration) in table.target.writeMode = .merge }
    let refusals = try refusals(Self.target(collation: "en-ci"), merge)
    #expect(
      refusals.count == 1 && refusals.first?.contains("WORD") == true && refusals.first?.contains("en-ci") == true)
    #expect(try self.refusals(Self.target(ofChanged: "en-ci"), merge) == [])
    #expect(try self.refusals(Self.target(collation: "utf8"), merge) == [])
    #expect(try self.refusals(Self.target(collation: "en-ci")) == [])
  }

  /// A key that counts as another one would keep the row of one that left.
  @Test func removalsByTextsThatCompareLooselyAreRefused() throws {
    let track = { (table: inout TableConfiguration) in
      table.synchronization = Synchronization(strategy: .watermark, watermarkColumn: "changed", trackDeletions: true)
    }
    let refusals = try refusals(Self.target(collation: "en-ci"), track)
    #expect(refusals.count == 1 && refusals.first?.contains("WORD") == true)
    #expect(try self.refusals(Self.target(collation: "utf8"), track) == [])
  }

  @Test func removalsByAVariantAreRefused() throws {
    let track = { (table: inout TableConfiguration) in
      table.synchronization = Synchronization(strategy: .watermark, watermarkColumn: "changed", trackDeletions: true)
      table.columnTypeMappings = [TypeMapping(sourceType: "TEXT", targetType: "VARIANT")]
    }
    let refusals = try refusals(nil, track)
    #expect(refusals.contains { $0.contains("WORD is a VARIANT in the target") })
  }
}
