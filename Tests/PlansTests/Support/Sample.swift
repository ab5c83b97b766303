import Catalogs
import Plans
import Workflows

/// A table on its way, as the planner is asked about it: every part may be changed before it is asked.
struct Sample {
  static let lineage = "lineage-1"

  var configuration: TableConfiguration
  var source: Table
  var target: Table?
  var targetHasRows = true
  var fence: LedgerFence?
  var state: TableState?
  var isReplaceAsked = false
  var obstacles: [PartitionKey: String] = [:]
  var sharesSnapshots = false
  var dialect = TestDialect()
  var sourcePlatform = SourcePlatform.sqlserver

  /// An `orders` table with the key `id`, loaded nowhere yet.
  init(_ synchronization: Synchronization = Synchronization(strategy: .checksum)) {
    configuration = TableConfiguration(
      source: ObjectReference(schemaName: "dbo", tableName: "orders"),
      target: TargetReference(schemaName: "PUBLIC", tableName: "ORDERS"), synchronization: synchronization)
    source = Sample.table
    target = nil
  }

  static let table = Table(
    name: ObjectName(schema: "dbo", table: "orders"),
    columns: [
      Column(name: "id", declaredType: "bigint", type: .integer, isNullable: false),
      Column(name: "note", declaredType: "nvarchar(40)", type: .text(length: 40)),
      Column(name: "changed", declaredType: "bigint", type: .integer),
    ],
    primaryKey: ["id"])

  static let targetTable = Table(
    name: ObjectName(schema: "PUBLIC", table: "ORDERS"),
    columns: [
      Column(name: "ID", declaredType: "NUMBER(19,0)", type: .decimal(precision: 19, scale: 0), isNullable: false),
      Column(name: "NOTE", declaredType: "VARCHAR(40)", type: .text(length: 40)),
      Column(name: "CHANGED", declaredType: "NUMBER(19,0)", type: .decimal(precision: 19, scale: 0)),
    ])

  static let key = PartitionKey(columns: ["id"], origin: .primaryKey, isNullable: false)

  var planner: Planner {
    Planner(sourcePlatform: sourcePlatform, dialect: dialect, lineage: Self.lineage, fingerprint: { $0 })
  }

  var facts: TableFacts {
    var facts = TableFacts(
      configuration: configuration, sourceName: source.name, targetName: ObjectName(schema: "PUBLIC", table: "ORDERS"),
      source: source, target: target, targetHasRows: target != nil && targetHasRows, fence: fence, state: state,
      isReplaceAsked: isReplaceAsked, obstacles: obstacles)
    facts.sharesSnapshots = sharesSnapshots
    return facts
  }

  func assess() throws -> Assessment { try planner.assess(facts) }

  func change(_ layout: MeasuredLayout, watermark: WatermarkFacts? = nil, cuts: [KeyValue] = []) throws -> TableChange {
    let sizing = PartitionSizing(
      .maxRowsPerPartition(100), rows: layout.totalRows, bytes: nil, extraction: .regular, synchronization: .checksum)
    return try planner.change(
      facts, try assess(),
      Observation(
        source: source, layout: layout, sizing: sizing, watermark: watermark, windowCuts: cuts, extraction: "SELECT"))
  }

  /// The same table after run 1 loaded these parts: target, ledger and state agree.
  func loaded(_ parts: [PartState], addressing: Addressing = .keyRange, watermark: WatermarkState? = nil) throws
    -> Sample
  {
    var sample = self
    sample.state = nil
    sample.target = nil
    let key = try sample.assess().key
    let first = try sample.change(.counted([(.whole, 0)]))
    sample.target = Self.targetTable
    sample.fence = LedgerFence(lineage: Self.lineage, run: 1, commits: 3)
    sample.state = TableState(
      key: TableKey(sourceServer: "a", source: source.name, targetServer: "b", target: Self.targetTable.name),
      workflow: "wf", sourceFingerprint: first.sourceFingerprint, sourceTable: source,
      configurationFingerprint: first.configurationFingerprint, partitionKey: key, addressing: addressing, parts: parts,
      watermark: watermark, lastPart: parts.map(\.part.id).max() ?? 0, run: 1)
    return sample
  }
}

extension MeasuredLayout {
  /// Parts numbered from `firstID` on with a digest that follows from number and rows.
  static func counted(_ parts: [(PartRange, Int)], firstID: Int = 1) -> MeasuredLayout {
    MeasuredLayout(
      parts: parts.enumerated().map { index, part in
        MeasuredPart(
          part: Part(id: firstID + index, range: part.0), rows: part.1, bytes: part.1 * 100,
          digest: .sample(part.1, UInt64(firstID + index)))
      }, totalRows: parts.reduce(0) { $0 + $1.1 })
  }
}

extension RowDigest {
  static func sample(_ rows: Int, _ seed: UInt64) -> RowDigest {
    RowDigest(rows: rows, high: SeededGenerator.mixed(seed), low: SeededGenerator.mixed(seed ^ UInt64(rows)))
  }
}

extension PartRange {
  static func between(_ from: Int64?, _ to: Int64?) -> PartRange {
    .keys(from: from.map { Bound([.integer($0)]) }, to: to.map { Bound([.integer($0)]) })
  }
}

extension PartState {
  /// A part that run `loadedBy` loaded, with the digest that ``MeasuredLayout/counted(_:firstID:)`` finds for it.
  static func loaded(
    _ id: Int, _ range: PartRange, rows: Int, by run: Int? = 1, window: Window? = nil
  ) -> PartState {
    PartState(
      part: Part(id: id, range: range), window: window, digest: run == nil ? nil : .sample(rows, UInt64(id)),
      rows: rows,
      loadedBy: run, run: run ?? 1)
  }
}
