import Catalogs
import Extraction
import Plans
import Store
import Support
import Workflows

/// One table's life, drawn from a seed: writes, refreshes, and what goes wrong in them, on a real source and a real target.
///
/// After every run the target is what its loads should have made of it, row for row; after every run that came to its end
/// it is also what the strategy promises.
final class Schedule: @unchecked Sendable {
  /// How often something happened, to prove that it did.
  struct Events {
    var schedules = 0
    var refreshes = 0
    var completed = 0
    var incomplete = 0
    var unchanged = 0
    var refused = 0
    var incidents: [Incident.Kind: Int] = [:]
    var reshaped = 0
    var splits = 0
    var merges = 0
    var compared = 0

    mutating func add(_ other: Events) {
      schedules += other.schedules
      refreshes += other.refreshes
      completed += other.completed
      incomplete += other.incomplete
      unchanged += other.unchanged
      refused += other.refused
      incidents.merge(other.incidents, uniquingKeysWith: +)
      reshaped += other.reshaped
      splits += other.splits
      merges += other.merges
      compared += other.compared
    }
  }

  /// A promise that was not kept.
  struct Broken: Error, CustomStringConvertible {
    var description: String
  }

  let seed: UInt64
  let bed: any Bed
  let folder: String
  var setting: Setting
  var random: SeededGenerator
  var writer: Writer
  var source: SourceTable
  var target = TargetTable()
  var promise: Promise
  var events = Events()
  let road: Road
  /// What was done, for whoever looks for the cause.
  private(set) var story: [String] = []
  var now = 1_000_000
  var engines = 0
  var dead: Set<String> = []
  /// Writes so far; a run during which it grew is not compared with the source as it is then.
  var writes = 0
  /// What each extraction saw, by run, part and attempt, and each shared snapshot, by run and generation.
  var seen: [[Int]: [Row]] = [:]
  var snapshots: [[Int]: [Row]] = [:]
  var changes: [Int: TableChange] = [:]
  var loads: Set<[Int]> = []
  var incidents: [Incident] = []
  var depth = 0
  var isOver = false

  init(seed: UInt64, bed: any Bed, limits: Setting.Limits, folder: String, random: SeededGenerator) throws {
    self.seed = seed
    self.bed = bed
    self.folder = folder
    self.random = random
    setting = Setting(limits, &self.random)
    writer = Writer(setting)
    source = writer.begin(&self.random)
    promise = Promise(setting)
    road = try Road(bed, folder: folder, workflow: setting.workflow(table: bed.table))
    try bed.write(bed.create(setting) + bed.changes(from: SourceTable(columns: source.columns), to: source))
    promise.committed(source)
    tell("\(setting)")
    tell("\(source.lines.count) rows")
  }

  /// The state as plans are made from it.
  var store: Store { road.store }

  var order: KeyOrder {
    KeyOrder(columns: setting.cutsByGroup ? ["grp"] : setting.keyColumns, ignoresCase: setting.key == .anyCase)
  }

  func tell(_ words: String) {
    story.append(String(repeating: "  ", count: depth) + words)
  }

  func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    guard !condition else { return }
    throw Broken(description: message())
  }

  /// Plays the schedule to its end.
  ///
  /// - Throws: ``Broken`` for the first promise that was not kept, and what should not have failed.
  func play() async throws {
    events.schedules += 1
    try await refresh(isQuiet: random.chance(60))
    for _ in 0..<random.number(setting.limits.steps.lowerBound..<setting.limits.steps.upperBound + 1) where !isOver {
      switch random.number(0..<100) {
      case 0..<6 where setting.limits.changesShape: try reshape()
      case 6..<8 where target.exists:
        try bed.dropTarget()
        target.drop()
        promise.isDropped = true
        tell("the target is dropped")
      case 8..<75: try write()
      default: break
      }
      if !isOver { try await refresh(isQuiet: random.chance(40)) }
    }
    try await settle()
  }

  /// Refreshes an unchanged source until nothing is left to do, which must be soon.
  private func settle() async throws {
    for _ in 0..<4 where !isOver {
      let isSettled = promise.isSettled(source.rows, target: target.rows)
      let moved = try await refresh(isQuiet: true)
      if !moved || setting.strategy == .none { return }
      try expect(!isSettled, "an unchanged source was moved again")
    }
    try expect(isOver, "the source is unchanged, and four refreshes found something to do")
  }

  func write() throws {
    var after = source
    let words = writer.write(&after, reached: promise.reached, &random)
    guard !words.isEmpty else { return }
    try bed.write(bed.changes(from: source, to: after))
    source = after
    promise.committed(after)
    writes += 1
    tell("writes: \(words.joined(separator: ", "))")
  }

  /// A column comes, goes or becomes wider.
  private func reshape() throws {
    var after = source
    let droppable = after.columns.filter { $0.name == "note" || $0.name.hasPrefix("extra") }
    let statements: [String]
    switch random.number(0..<3) {
    case 0:
      events.reshaped += 1
      let kind: SourceTable.Kind = random.chance(50) ? .integer : .text(20)
      let column = SourceTable.Column(name: "extra\(events.reshaped)", kind: kind)
      after.columns.append(column)
      statements = ["ALTER TABLE \(bed.table) ADD \(column.name) \(bed.declared(column, setting))"]
      tell("column \(column.name) comes")
    case 1:
      guard let column = droppable.randomElement(using: &random) else { return }
      events.reshaped += 1
      after.columns.removeAll { $0.name == column.name }
      for index in after.lines.indices { after.lines[index].row[column.name] = nil }
      statements = ["ALTER TABLE \(bed.table) DROP COLUMN \(column.name)"]
      tell("column \(column.name) goes")
    default:
      guard let place = after.columns.firstIndex(where: { $0.name == "note" }),
        case .text(let length) = after.columns[place].kind
      else { return }
      events.reshaped += 1
      after.columns[place].kind = .text(length + 20)
      statements = bed.widen(after.columns[place], of: after, setting)
      tell("column note becomes wider")
    }
    try bed.write(statements)
    writer.forget()
    source = after
    promise.committed(after)
    promise.isReshaped = true
    writes += 1
  }

  // MARK: A refresh

  /// Makes a plan and applies it.
  ///
  /// - Parameter isQuiet: nobody writes meanwhile, and nothing fails.
  /// - Returns: whether there was anything to do.
  @discardableResult
  func refresh(isQuiet: Bool) async throws -> Bool {
    events.refreshes += 1
    let before = writes
    let planned = source.rows
    let plan = try road.plan(setting)
    let change = plan.tables[0]
    tell(
      "plan: \(change.action) (\(change.reason.rawValue)), \(change.parts.count) parts, \(change.kept.count) kept, "
        + "\(change.addressing.rawValue)")
    guard change.refusals.isEmpty else { return try await refused(change, isQuiet: isQuiet) }
    if [.create, .reload].contains(change.action) {
      try expect(promise.reasonsToReload.contains(change.reason), "no reason to reload: \(change.reason.rawValue)")
    }
    guard change.action != .none else {
      events.unchanged += 1
      try expect(setting.strategy != .none, "nothing to do under the strategy none")
      if let wanted = promise.wanted(change, planned, target: target.rows) {
        try compare(target.rows.counted, wanted, Self.promises)
      }
      return false
    }
    try expect(
      !promise.isSettled(planned, target: target.rows), "an unchanged source is moved: \(change.reason.rawValue)")
    events.splits += change.parts.contains { $0.reason == .grewAndSplits } ? 1 : 0
    events.merges += change.parts.contains { $0.reason == .shrankAndMerges } ? 1 : 0
    if !isQuiet, random.chance(25) { try write() }
    let wanted = promise.wanted(change, planned, target: target.rows)
    let run = try road.submit(plan, now: now)
    promise.submitted(change, planned, now: source.rows)
    changes[run] = change
    if !isQuiet { drawIncidents(parts: change.parts.count) }
    let isComplete = try await drive(run, writesBetween: !isQuiet && random.chance(25))
    incidents = []
    guard !isOver else { return true }
    try compareRun(isComplete: isComplete, isUnchanged: writes == before)
    if isComplete, writes == before, let wanted {
      try compare(target.rows.counted, wanted, Self.promises)
      try compareState(change)
    }
    return true
  }

  private func refused(_ change: TableChange, isQuiet: Bool) async throws -> Bool {
    events.refused += 1
    let text = change.refusals.joined(separator: "; ")
    tell("refused: \(text)")
    if setting.onShrink == .refuse, change.refusals.allSatisfy({ $0.contains("onShrink") }) {
      setting.onShrink = .allow
      return try await refresh(isQuiet: isQuiet)
    }
    let isRight = promise.isReshaped || promise.isDropped || promise.mayHaveTies(source.rows)
    try expect(setting.writeMode == .append && isRight, "refused: \(text)")
    isOver = true
    return false
  }

  private func drawIncidents(parts: Int) {
    var kinds: [Incident.Kind] = [.crash, .crash, .hiccup, .failure]
    if setting.limits.hasZombies, depth == 0 { kinds.append(.standstill) }
    if setting.limits.writesWhileRead { kinds.append(.write) }
    incidents = (0..<random.number(0..<3)).map { _ in
      Incident(kinds.randomElement(using: &random)!, parts: parts, &random)
    }
  }

  // MARK: Comparing

  private func compareRun(isComplete: Bool, isUnchanged: Bool) throws {
    events.completed += isComplete ? 1 : 0
    events.incomplete += isComplete ? 0 : 1
    try compare(
      (bed.targetRows(source.columns.map(\.name)) ?? []).counted, target.rows.counted,
      "its loads should have made of it")
    try compareDigests()
    if isComplete { promise.completed(isUnchanged ? source.rows : nil) }
    let problems = promise.broken(source: source.rows, target: target.rows, isComplete: isComplete)
    try expect(problems.isEmpty, problems.joined(separator: "\n"))
  }

  private static let promises = "the strategy promises"

  private func compare(_ found: Counted, _ wanted: Counted, _ words: String) throws {
    events.compared += 1
    let (found, wanted) = (shown(found), shown(wanted))
    guard found != wanted else { return }
    let (missing, extra) = (wanted.excess(over: found), found.excess(over: wanted))
    throw Broken(
      description: """
        the target is not what \(words): \(missing.count) rows are missing, \(extra.count) too many
        missing: \(missing.some.joined(separator: "\n         "))
        too many: \(extra.some.joined(separator: "\n          "))
        """)
  }

  /// Columns that the source lost stay in the target, and are nobody's concern.
  private func shown(_ rows: Counted) -> Counted {
    let names = Set(source.columns.map(\.name))
    var shown: Counted = [:]
    for (row, count) in rows { shown[row.filter { names.contains($0.key) }, default: 0] += count }
    return shown
  }

  /// What the state says of each loaded part is what the target has, whatever others wrote meanwhile and whatever became of the
  /// run: the next plan compares the source with it.
  private func compareDigests() throws {
    guard setting.strategy == .checksum, setting.writeMode == nil, !setting.metadataColumns, setting.key != .anyCase,
      let session = try bed.openTargetAsSource(),
      let state = try store.tableStates(workflow: "schedule").first,
      let table = try session.tables([state.key.target])[state.key.target]
    else { return }
    let parts = state.parts.filter { $0.loadedBy != nil && $0.digest != nil }
    guard !parts.isEmpty else { return }
    let measured = try session.measure(
      MeasureRequest(
        table: table, key: state.partitionKey, parts: parts.map(\.part),
        digestColumns: state.sourceTable.columns.map(\.name)))
    for (part, found) in zip(parts, measured.parts) {
      try expect(
        part.digest == found.digest, "the state's digest of part \(part.part.id) is not that of the target's rows")
    }
  }

  /// What the state says of each part is what the source has: the next plan rests on it.
  private func compareState(_ change: TableChange) throws {
    guard setting.strategy == .checksum, setting.writeMode == nil,
      let state = try store.tableStates(workflow: "schedule").first
    else { return }
    let session = try bed.openSource()
    guard let table = try session.tables([change.source])[change.source] else { return }
    let measured = try session.measure(
      MeasureRequest(
        table: table, key: state.partitionKey, parts: state.parts.map(\.part), digestColumns: table.columns.map(\.name))
    )
    for (part, found) in zip(state.parts, measured.parts) {
      let rows = source.rows.count { order.has($0, in: part.part.range) }
      try expect(part.rows == rows, "the state has \(part.rows) rows of part \(part.part.id), which has \(rows)")
      try expect(part.digest == found.digest, "the state's digest of part \(part.part.id) is not that of its rows")
      try expect(part.loadedBy != nil, "part \(part.part.id) is not loaded")
      guard case .keys = part.part.range, rows > setting.rowsPerPart else { continue }
      let keys = Set(
        source.rows.filter { order.has($0, in: part.part.range) }.map { row in order.columns.map { row[$0] } })
      try expect(keys.count == 1, "part \(part.part.id) has \(rows) rows where \(setting.rowsPerPart) are the limit")
    }
  }
}
