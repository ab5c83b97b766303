import Catalogs
import Foundation
import Plans
import Testing
import Workflows

/// What becomes of rows that left the source, under a watermark with `trackDeletions`.
struct PlannerRemovalsTests {
  private let parts: [PartState] = [.loaded(1, .between(nil, 10), rows: 90), .loaded(2, .between(10, nil), rows: 80)]
  private let reached = WatermarkState(column: "changed", bound: .integer(50), ties: .sample(2, 77))
  private let none = MeasuredLayout(parts: [], totalRows: 0, isUnknown: true)

  private func sample(
    tracks: Bool = true, onShrink: OnShrink = .refuse, _ change: (inout Sample) -> Void = { _ in }
  ) throws -> Sample {
    var sample = Sample(
      Synchronization(
        strategy: .watermark, watermarkColumn: "changed", trackModifications: tracks, trackDeletions: true,
        onShrink: onShrink))
    sample.configuration.primaryKeyColumns = tracks ? ["id"] : []
    change(&sample)
    return sample
  }

  private func loaded(_ change: (inout Sample) -> Void = { _ in }) throws -> Sample {
    try sample(change).loaded(parts, watermark: reached)
  }

  private func watermark(_ bound: Int64? = 50, new: Int = 0) -> WatermarkFacts {
    WatermarkFacts(
      bound: bound.map { .integer($0) }, nullRows: 0, ties: .sample(2, 77), boundTies: .sample(1, 9), newRows: new,
      guarantee: Guarantee(.bestEffort, "the source's word"))
  }

  private func search(_ sample: Sample) throws -> RemovalSearch? {
    try sample.planner.removalSearch(sample.facts, sample.assess(), sample.source)
  }

  private func change(
    _ sample: Sample, _ findings: RemovalFindings?, _ facts: WatermarkFacts? = nil
  ) throws -> TableChange {
    let sizing = PartitionSizing(
      .maxRowsPerPartition(100), rows: 0, bytes: nil, extraction: .regular, synchronization: .watermark)
    var observation = Observation(
      source: sample.source, layout: none, sizing: sizing, watermark: facts ?? watermark(), extraction: "SELECT")
    observation.removals = findings
    return try sample.planner.change(sample.facts, try sample.assess(), observation)
  }

  private func findings(_ missing: [Int?], of rows: [Int] = [90, 80], isEmptied: Bool = false) -> RemovalFindings {
    RemovalFindings(
      parts: zip(parts, zip(missing, rows)).map {
        FoundRemoval(part: $0.part, missing: $1.0, targetRows: $1.1, isEmptied: isEmptied)
      }, targetRows: rows.reduce(0, +))
  }

  // MARK: What is compared

  @Test func `Keys are compared in the ranges of the first load, up to the last watermark`() throws {
    let search = try #require(try search(try loaded()))
    #expect(search.columns.map(\.source) == ["id"])
    #expect(search.columns.map(\.target) == ["ID"])
    #expect(search.key == search.columns)
    #expect(search.partitionKey?.columns == ["id"])
    #expect(search.parts == parts.map(\.part))
    #expect(
      search.window == Window(column: "changed", after: nil, through: .integer(50), includesNull: true))
  }

  @Test func `The primary key tells rows apart where no columns are named`() throws {
    #expect(try search(try sample(tracks: false).loaded(parts, watermark: reached))?.columns.map(\.source) == ["id"])
  }

  @Test func `Where a row may pass to another part under its key, the table is one part`() throws {
    let search = try #require(
      try search(
        try loaded { sample in
          sample.configuration.primaryKeyColumns = ["note"]
          sample.source.primaryKey = ["note"]
          sample.configuration.columnNamesToPartitionBy = ["id"]
        }))
    #expect(search.columns.map(\.source) == ["note"])
    #expect(search.key.isEmpty && search.partitionKey == nil)
    #expect(search.parts == [Part(id: 0, range: .whole)])
  }

  @Test func `Where the target sorts keys otherwise, the table is one part`() throws {
    var sample = try loaded()
    sample.dialect.ordersKeys = false
    #expect(try search(sample)?.parts == [Part(id: 0, range: .whole)])
  }

  @Test func `Where parts do not cover the table, it is one part`() throws {
    let sample = try sample().loaded(
      [.loaded(1, .between(nil, 10), rows: 9), .loaded(2, .between(11, nil), rows: 9)],
      watermark: reached)
    #expect(try search(sample)?.parts == [Part(id: 0, range: .whole)])
  }

  @Test func `A table of one part keeps its number`() throws {
    #expect(
      try search(try sample().loaded([.loaded(7, .whole, rows: 9)], watermark: reached))?.parts
        == [Part(id: 7, range: .whole)])
  }

  @Test func `Windows that are not merged yet are no parts of it`() throws {
    let window = Window(column: "changed", after: .integer(40), through: .integer(50))
    let sample = try sample().loaded(
      parts + [.loaded(3, .whole, rows: 4, window: window), .loaded(4, .whole, rows: 0, by: nil, window: window)],
      watermark: reached)
    #expect(try search(sample)?.parts == parts.map(\.part))
  }

  @Test func `Nothing is compared where nobody asks, or nothing is loaded`() throws {
    #expect(try search(try sample()) == nil)
    var sample = try loaded()
    sample.configuration.synchronization.trackDeletions = false
    #expect(try search(sample) == nil)
    sample = try loaded()
    sample.isReplaceAsked = true
    #expect(try search(sample) == nil)
  }

  @Test func `A first load comes first`() throws {
    let first = Window(column: "changed", after: nil, through: .integer(50), includesNull: true)
    let sample = try sample().loaded(
      [parts[0], .loaded(2, .between(10, nil), rows: 0, by: nil, window: first)], watermark: reached)
    #expect(try search(sample) == nil)
    let change = try change(sample, nil)
    #expect(change.parts.map(\.method) == [.replace])
    #expect(change.warnings.contains { $0.contains("wait for the next refresh") })
  }

  // MARK: What is planned

  @Test func `Parts with missing keys are removals, and nothing else`() throws {
    let change = try change(try loaded(), findings([0, 3]))
    #expect(change.action == .remove)
    #expect(change.reason == .keysDiffer)
    #expect(
      change.parts == [
        PartChange(
          part: Part(id: 3, range: .between(10, nil)), reason: .keysDiffer, rows: 3, bytes: nil, method: .remove,
          takesFrom: 2)
      ])
    #expect(change.kept.map(\.id) == [1, 2])
    #expect(change.mergeKey == ["ID"])
    #expect(change.watermark == reached)
    #expect(change.refusals.isEmpty)
  }

  @Test func `Keys are named although nothing is merged`() throws {
    let change = try change(try sample(tracks: false).loaded(parts, watermark: reached), findings([0, 3]))
    #expect(change.mergeKey == ["ID"])
    #expect(change.refusals.isEmpty)
  }

  @Test func `Where nothing is missing nothing is planned`() throws {
    for findings in [findings([0, 0]), RemovalFindings(parts: [], targetRows: 170)] {
      let change = try change(try loaded(), findings)
      #expect(change.action == .none)
      #expect(change.parts.isEmpty)
    }
  }

  @Test func `Removals come before the windows, with numbers of their own`() throws {
    let change = try change(try loaded(), findings([1, 3]), watermark(60, new: 5))
    #expect(change.action == .append)
    #expect(change.reason == .newRows)
    #expect(change.parts.map(\.method) == [.remove, .remove, .merge])
    #expect(change.parts.map(\.part.id) == [4, 5, 3])
    #expect(change.watermark?.bound == .integer(60))
    let estimate = Estimate(of: [change], rate: 1)
    #expect(estimate.rows == 5 && estimate.unknownParts == 0)
  }

  @Test func `Keys that nobody compared are known at apply`() throws {
    let sample = try loaded()
    let change = try change(sample, try #require(try search(sample)).unseen)
    #expect(change.action == .remove)
    #expect(change.reason == .keysNotCompared)
    #expect(change.parts.map(\.rows) == [nil, nil])
    #expect(change.parts.map(\.takesFrom) == [1, 2])
    #expect(change.refusals.isEmpty)
  }

  @Test func `A removal of the whole table takes from any part`() throws {
    let found = FoundRemoval(part: Part(id: 0, range: .whole), missing: 2, targetRows: 170, isEmptied: false)
    let change = try change(try loaded(), RemovalFindings(parts: [found], targetRows: 170))
    #expect(change.parts.map(\.takesFrom) == [nil])
    #expect(change.parts.map(\.part.range) == [.whole])
  }

  @Test func `Rows that no window brings are told`() throws {
    var findings = findings([0, 0])
    findings.parts[1].late = 4
    let change = try change(try loaded(), findings)
    #expect(change.parts.isEmpty)
    #expect(change.warnings.contains { $0.hasPrefix("4 rows up to the last watermark") })
  }

  @Test func `A key without a unique index is warned of`() throws {
    let named = try loaded { $0.configuration.primaryKeyColumns = ["note"] }
    #expect(try change(named, findings([0, 3])).warnings.contains { $0.contains("no unique index") })
    let other = try sample(tracks: false) { $0.configuration.primaryKeyColumns = ["note"] }
      .loaded(parts, watermark: reached)
    #expect(try change(other, findings([0, 3])).warnings.contains { $0.contains("trackDeletions relies on it") })
  }

  // MARK: Refusals

  @Test func `More than half of the rows, or all of a part, are refused unless allowed`() throws {
    let most = findings([80, 10])
    #expect(try change(try loaded(), most).refusals.count == 1)
    #expect(try change(try loaded(), findings([80, 5])).refusals.isEmpty)
    let emptied = findings([0, 80], isEmptied: true)
    let refusals = try change(try loaded(), emptied).refusals
    #expect(refusals.count == 1)
    #expect(refusals.first?.contains("part 2 had 80 rows") == true)
    for findings in [most, emptied] {
      let allowed = try sample(onShrink: .allow).loaded(parts, watermark: reached)
      #expect(try change(allowed, findings).refusals.isEmpty)
    }
  }

  @Test func `A part whose rows all have other keys is not empty`() throws {
    #expect(try change(try loaded(), findings([0, 80])).refusals.isEmpty)
  }

  @Test(arguments: [
    (WriteMode.append, "writeMode append never removes rows"), (.merge, "writeMode merge lets others have rows"),
  ])
  func `Where rows of others may be, nothing is removed`(_ mode: WriteMode, _ words: String) throws {
    let sample = try loaded {
      $0.configuration.target.writeMode = mode
      if mode == .append { $0.configuration.synchronization.trackModifications = false }
    }
    #expect(try search(sample) == nil)
    #expect(try change(sample, nil).refusals.contains { $0.contains(words) })
  }

  @Test func `A table without a key is refused from the first plan on`() throws {
    let bare = try sample(tracks: false) { $0.source.primaryKey = [] }
    let first = try bare.change(.counted([(.whole, 1)]), watermark: watermark())
    #expect(first.refusals == ["trackDeletions needs a key that tells one row from another; name primaryKeyColumns"])
    let loaded = try bare.loaded([.loaded(1, .whole, rows: 9)], watermark: reached)
    #expect(try search(loaded) == nil)
  }

  @Test func `An Iceberg table whose rows no worker loads is refused`() throws {
    let sample = try sample {
      $0.configuration.target.tableType = .iceberg
      $0.configuration.target.icebergConfig = IcebergConfiguration(catalog: "glue", catalogTableName: "db.t")
    }
    let change = try sample.change(.counted([(.whole, 1)]), watermark: watermark())
    #expect(change.refusals.contains { $0.contains("trackDeletions is for tables whose rows a worker loads") })
  }

  @Test func `Other strategies know nothing of it`() throws {
    var sample = Sample()
    sample.configuration.synchronization.trackDeletions = true
    #expect(try sample.change(.counted([(.whole, 1)])).refusals.isEmpty)
  }

  // MARK: The file

  @Test func `A plan with removals is read as it was written`() throws {
    let change = try change(try loaded(), findings([1, 3]), watermark(60, new: 5))
    let plan = Plan(
      workflow: "wf", affinity: nil, source: Endpoint(connection: "a", platform: "sqlserver", server: "a"),
      target: Endpoint(connection: "b", platform: "snowflake", server: "b"), lineage: "l", serial: 1, tables: [change],
      estimate: Estimate(of: [change], rate: nil))
    let text = try PlanFile.text(plan)
    #expect(try PlanFile.plan(from: Data(text.utf8), place: "p") == plan)
    #expect(text.contains(#""method":"remove""#) || text.contains(#""method": "remove""#))
  }
}
