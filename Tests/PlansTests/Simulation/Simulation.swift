import Catalogs
import Foundation
import Plans
import Testing
import Workflows

/// One random history of a table: its rows change, refreshes run over it, parts and windows fail.
struct Simulation {
  /// What is synchronised, and how the target finds rows.
  struct Variant: Sendable, CustomTestStringConvertible {
    var name: String
    var strategy: Synchronization.Strategy
    var tracksModifications = false
    var ordersKeys = true
    var metadataColumns = false
    /// Rows leave the source for good, and come again under the key of one that left.
    var tracksDeletions = false
    /// The key that tells rows apart begins with the one that splits the table: a row that passes to another part is another.
    var isKeyedByPart = false
    /// How far below the newest watermark rows may still be committed.
    var lag: Int64 = 0

    var testDescription: String { name }
  }

  let variant: Variant
  let seed: UInt64
  private var random: SeededGenerator
  private var source = ModelSource()
  /// Rows that a source put back to an earlier day does not show for a while.
  private var hidden: [ModelRow] = []
  private var target: ModelTarget?
  private var state = ModelState()
  private var configuration: TableConfiguration
  private let table: Table
  private let sizing: PartitionSizing
  /// Extraction takes digests of what it reads.
  private let takesDigests: Bool
  private var clock: Int64 = 0
  private var nextSerial: Int64 = 1
  private var run = 0
  private var given: [Int: PartRange] = [:]
  private(set) var refreshes = 0
  private(set) var failures = 0

  init(_ variant: Variant, seed: UInt64) {
    self.variant = variant
    self.seed = seed
    random = SeededGenerator(seed: seed)
    takesDigests = random.once(in: 2)
    configuration = TableConfiguration(
      source: ObjectReference(tableName: "t"),
      target: TargetReference(tableName: "T", metadataColumns: variant.metadataColumns),
      columnNamesToPartitionBy: ["key"],
      synchronization: Synchronization(
        strategy: variant.strategy, watermarkColumn: variant.strategy == .watermark ? "changed" : nil,
        trackModifications: variant.tracksModifications, trackDeletions: variant.tracksDeletions,
        watermarkLag: variant.lag > 0 ? .amount(Decimal(variant.lag)) : nil, onShrink: .allow),
      primaryKeyColumns: variant.isKeyedByPart ? ["key", "serial"] : variant.tracksModifications ? ["serial"] : [])
    table = Table(
      name: ObjectName(table: "t"),
      columns: ["serial", "version", "key", "changed"].map {
        Column(name: $0, declaredType: "bigint", type: .integer, isNullable: $0 == "key" || $0 == "changed")
      }, primaryKey: ["serial"])
    sizing = PartitionSizing(
      .maxRowsPerPartition(Int.random(in: 3...20, using: &random)), rows: 0, bytes: nil, extraction: .regular,
      synchronization: variant.strategy)
    if !random.once(in: 5) { insert(Int.random(in: 0...60, using: &random), mayLackWatermark: true) }
  }

  /// - Throws: what the planner throws, which is a failure of the test.
  mutating func play(rounds: Int) throws {
    for _ in 0..<rounds {
      for _ in 0..<Int.random(in: 0...3, using: &random) { mutate(mayHide: true) }
      try refresh(isQuiet: random.once(in: 2))
      if random.once(in: 4) { try settle() }
    }
    try settle()
  }

  // MARK: The source

  private mutating func insert(_ count: Int, mayLackWatermark: Bool = false) {
    for _ in 0..<count {
      if random.once(in: 2) { clock += 1 }
      let isBare = mayLackWatermark && random.once(in: 8) || variant.strategy != .watermark && random.once(in: 8)
      source.rows.append(
        ModelRow(
          serial: nextSerial, version: 0, key: random.once(in: 10) ? nil : Int64.random(in: 0...80, using: &random),
          watermark: isBare ? nil : late()))
      nextSerial += 1
    }
  }

  /// The newest watermark, or one that is committed as late as the lag allows.
  private mutating func late() -> Int64 {
    max(0, clock - Int64.random(in: 0...variant.lag, using: &random))
  }

  private mutating func mutate(mayHide: Bool) {
    guard hidden.isEmpty else { return }
    if variant.tracksDeletions, random.once(in: 2) { return leave() }
    switch Int.random(
      in: 0..<(variant.strategy == .watermark ? variant.tracksModifications ? 5 : 3 : 8), using: &random)
    {
    case 0: insert(Int.random(in: 1...4, using: &random))
    case 1: insert(Int.random(in: 5...50, using: &random))
    case 2: if mayHide, variant.strategy == .watermark, !variant.tracksDeletions { hideNewest() } else { insert(1) }
    case 3, 4: update()
    case 5:
      let low = Int64.random(in: 0...80, using: &random)
      source.rows.removeAll { $0.key.map { (low...(low + 20)).contains($0) } ?? false }
    case 6: source.rows.removeAll { _ in random.once(in: 3) }
    default: if !source.rows.isEmpty { source.rows.remove(at: Int.random(in: source.rows.indices, using: &random)) }
    }
  }

  private mutating func update() {
    for index in source.rows.indices where random.once(in: 6) {
      source.rows[index].version += 1
      if random.once(in: 2) {
        source.rows[index].key = random.once(in: 6) ? nil : Int64.random(in: 0...80, using: &random)
      }
      guard variant.strategy == .watermark else { continue }
      if random.once(in: 2) { clock += 1 }
      source.rows[index].watermark = max(source.rows[index].watermark ?? 0, late())
    }
  }

  /// Rows leave the source; some keys come again, in a new row.
  private mutating func leave() {
    let low = Int64.random(in: 0...80, using: &random)
    let isRange = random.once(in: 4)
    let gone = source.rows.filter { row in
      isRange ? row.key.map { (low...(low + 20)).contains($0) } ?? false : random.once(in: 6)
    }
    source.rows.removeAll { gone.contains($0) }
    guard variant.tracksModifications else { return }
    for row in gone where random.once(in: 4) {
      if random.once(in: 2) { clock += 1 }
      source.rows.append(ModelRow(serial: row.serial, version: row.version + 1, key: row.key, watermark: late()))
    }
  }

  /// The source is put back to before its newest rows, until the next refresh is over.
  private mutating func hideNewest() {
    let newest = clock
    hidden = source.rows.filter { $0.watermark == newest }
    source.rows.removeAll { $0.watermark == newest }
  }

  // MARK: Refreshes

  private var planner: Planner {
    Planner(
      sourcePlatform: .sqlserver, dialect: TestDialect(ordersKeys: variant.ordersKeys), lineage: "l",
      fingerprint: { $0 })
  }

  private func plan() throws -> TableChange {
    let columns = table.columns.map {
      Column(
        name: $0.name.uppercased(), declaredType: "NUMBER(19,0)", type: .decimal(precision: 19, scale: 0),
        isNullable: $0.isNullable)
    }
    let metadata = variant.metadataColumns ? MetadataColumns.names.sorted() : []
    let existing = Table(
      name: ObjectName(table: "T"),
      columns: columns + metadata.map { Column(name: $0, declaredType: "NUMBER(19,0)", type: .integer) })
    let facts = TableFacts(
      configuration: configuration, sourceName: table.name, targetName: existing.name, source: table,
      target: target.map { _ in existing }, targetHasRows: target?.rows.isEmpty == false, fence: target?.fence,
      state: state.table, isReplaceAsked: false)
    let assessment = try planner.assess(facts)
    var observation = source.observe(facts, assessment, planner, table: table, sizing: sizing)
    if let search = planner.removalSearch(facts, assessment, table) {
      observation.removals = (target ?? ModelTarget()).removals(search, source, isKeyedByPart: variant.isKeyedByPart)
    }
    return try planner.change(facts, assessment, observation)
  }

  /// Plans and runs; returns whether every part got in, and whether there was one.
  @discardableResult
  private mutating func refresh(isQuiet: Bool) throws -> (isComplete: Bool, isEmpty: Bool) {
    let change = try plan()
    refreshes += 1
    expect(change.refusals.isEmpty, "refused: \(change.refusals)")
    guard change.action != .none else {
      showHidden()
      return (true, true)
    }
    run += 1
    remember(change)
    let isReload = change.action == .create || change.action == .reload
    state.submit(change, run: run, source: table)
    expectCoverage()
    var isComplete = isQuiet || !random.once(in: 8)
    if isComplete {
      if target == nil { target = ModelTarget() }
      target?.prepare(run: run, lineage: "l")
      isComplete = move(change, isQuiet: isQuiet)
    }
    if isComplete, isQuiet || !random.once(in: 8) {
      target?.finish(change.addressing)
      state.finish()
    } else {
      isComplete = false
    }
    expectNothingDoubled()
    if isComplete, isQuiet, variant.strategy != .watermark || isReload { expectEqual() }
    showHidden()
    return (isComplete, false)
  }

  /// Extracts and loads the parts in any order, some long after they were extracted; returns whether all got in.
  private mutating func move(_ change: TableChange, isQuiet: Bool) -> Bool {
    var staged: [(part: PartChange, rows: [ModelRow])] = []
    var isComplete = true
    var removals = change.parts.count { $0.method == .remove }
    for part in change.parts.shuffled(using: &random) {
      if !isQuiet, random.once(in: 3) { mutate(mayHide: false) }
      if !isQuiet, random.once(in: 4) {
        isComplete = false
        failures += 1
        continue
      }
      staged.append((part, source.rows(in: part.part.range, part.window)))
      if random.once(in: 2) { load(&staged, change, &removals) }
    }
    while load(&staged, change, &removals) {}
    return isComplete
  }

  /// Loads one of the staged parts; windows wait until all removals are in. Returns whether there was one.
  @discardableResult
  private mutating func load(
    _ staged: inout [(part: PartChange, rows: [ModelRow])], _ change: TableChange, _ removals: inout Int
  ) -> Bool {
    let ready = staged.indices.filter { removals == 0 || staged[$0].part.method == .remove }
    guard let index = ready.randomElement(using: &random) else { return false }
    let (part, rows) = staged.remove(at: index)
    if part.method == .remove { removals -= 1 }
    target?.load(part, change.addressing, rows, isKeyedByPart: variant.isKeyedByPart)
    guard part.method != .remove else { return true }
    state.loaded(part.part.id, rows: rows.count, digest: takesDigests ? rows.digest : nil)
    expectNothingDoubled()
    return true
  }

  private mutating func showHidden() {
    source.rows += hidden
    hidden = []
  }

  /// Refreshes an unchanged source until there is nothing to do, which must be soon.
  private mutating func settle() throws {
    showHidden()
    if variant.strategy == .none {
      try refresh(isQuiet: true)
      return
    }
    var plans = 0
    while try !refresh(isQuiet: true).isEmpty {
      plans += 1
      // The missing parts of the first load, then the rows after them, then rows that may have been added at the bound.
      guard plans <= 3 else { return expect(false, "the unchanged source still gives a plan after \(plans) refreshes") }
      if variant.strategy == .checksum { expect(try plan().parts.isEmpty, "one refresh was not enough") }
    }
    expectEqual()
    expectNearSizing()
  }

  // MARK: Promises

  private func expect(
    _ condition: Bool, _ message: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    if !condition {
      Issue.record("\(variant.name), seed \(seed), run \(run): \(message())", sourceLocation: sourceLocation)
    }
  }

  private func expectNothingDoubled(sourceLocation: SourceLocation = #_sourceLocation) {
    guard let target else { return }
    for rows in [target.rows, target.rebuild] {
      let distinct = Set(rows.map(\.row)).count
      expect(distinct == rows.count, "\(rows.count - distinct) rows are doubled", sourceLocation: sourceLocation)
    }
  }

  /// The target has what the strategy promises: all rows; under a watermark those without one only as far as they were
  /// there when the table was loaded.
  private func expectEqual(sourceLocation: SourceLocation = #_sourceLocation) {
    guard let target else { return expect(source.rows.isEmpty, "nothing was loaded", sourceLocation: sourceLocation) }
    let found = Set(target.rows.map(\.row))
    let wanted = Set(source.rows)
    let missing = wanted.subtracting(found)
    let extra = found.subtracting(wanted)
    expect(
      extra.isEmpty, "\(extra.count) rows of the target are not in the source: \(extra.sorted().prefix(3))",
      sourceLocation: sourceLocation)
    expect(
      missing.isEmpty, "\(missing.count) rows are missing: \(missing.sorted().prefix(3))",
      sourceLocation: sourceLocation)
  }

  private func expectCoverage(sourceLocation: SourceLocation = #_sourceLocation) {
    let parts = state.table?.parts.map(\.part).filter { $0.range != .whole } ?? []
    let whole = state.table?.parts.filter { $0.part.range == .whole && $0.window?.after == nil } ?? []
    if whole.isEmpty, !parts.isEmpty {
      let gap = Layout(parts: parts).gap(isNullable: true)
      expect(gap == nil, "the state's parts do not cover the table: \(gap ?? "")", sourceLocation: sourceLocation)
    } else {
      expect(whole.count <= 1 && parts.isEmpty, "a whole part is not alone", sourceLocation: sourceLocation)
    }
  }

  /// A number once given to a range is never given to another.
  private mutating func remember(_ change: TableChange) {
    for part in change.parts.map(\.part) {
      expect(given[part.id] == nil || given[part.id] == part.range, "part \(part.id) has another range")
      given[part.id] = part.range
    }
  }

  private func expectNearSizing() {
    guard variant.strategy == .checksum, let parts = state.table?.parts else { return }
    for part in parts {
      guard case .keys = part.part.range, part.rows > sizing.rowsPerPart else { continue }
      let keys = Set(source.rows(in: part.part.range, nil).map(\.key))
      expect(keys.count == 1, "part \(part.part.id) has \(part.rows) rows where \(sizing.rowsPerPart) are the limit")
    }
  }
}
