import Plans
import Workflows

/// What a strategy promises of the target, worked out from what was committed in the source and when a plan was made: nothing
/// of the planner takes part in it.
struct Promise {
  private let setting: Setting
  /// Where the watermark stands.
  private(set) var reached: KeyValue?
  /// The rows that the next refresh compares, as they were when the watermark came to stand where it does; nil where a run
  /// that did not come to its end left that open.
  private var ties: Counted?
  private(set) var wasCompleted = true
  /// The source as it was while a run took all of it; nil when others wrote meanwhile.
  private var taken: Counted?
  private(set) var wasSubmitted = false
  /// The table's columns changed since the last run.
  var isReshaped = false
  /// They had when the last run was submitted: until one is complete, the next plan may say so again.
  private var wasReshaped = false
  /// The target was dropped since the last run.
  var isDropped = false
  /// Versions that some plan took on: while they are in the source, they are in the target once a run is complete.
  private var owed: Set<Row> = []
  /// How often each version was in the source at most.
  private var seen: Counted = [:]

  init(_ setting: Setting) {
    self.setting = setting
  }

  mutating func committed(_ table: SourceTable) {
    let counted = table.rows.counted
    for (row, count) in counted { seen[row] = max(seen[row, default: 0], count) }
    // What went and came back came late.
    owed = owed.filter { counted[$0] != nil }
  }

  /// Reasons to load the table afresh that what happened allows.
  var reasonsToReload: Set<Reason> {
    var reasons: Set<Reason> = []
    if !wasSubmitted { reasons.insert(.notInTarget) }
    if isReshaped { reasons.insert(.schemaChanged) }
    if isDropped { reasons.formUnion([.targetGone, .notInTarget]) }
    if !wasCompleted { reasons.formUnion([.notLoaded, .notInTarget]) }
    if !wasCompleted, wasReshaped { reasons.insert(.schemaChanged) }
    if setting.strategy == .none { reasons.insert(.strategyNone) }
    if setting.strategy == .watermark, reached == nil { reasons.insert(.newRows) }
    return reasons
  }

  /// Whether a plan that takes on everything would be right: else only what changed may move.
  private func isFresh(_ change: TableChange) -> Bool {
    change.action == .create || change.action == .reload || change.action == .append && !wasSubmitted
      || change.action == .append && reached == nil
  }

  /// The rows of the target once the planned run is complete, while nobody writes; nil where an earlier run that did not come
  /// to its end leaves it open.
  func wanted(_ change: TableChange, _ source: [Row], target: [Row]) -> Counted? {
    if setting.replaces { return source.counted }
    guard setting.strategy == .watermark else { return merged(source, into: target).counted }
    let latest = latest(source)
    if isFresh(change) {
      let rows = latest.map { latest in source.filter { $0["changed"].map { !KeyOrder.isBelow(latest, $0) } ?? true } }
      guard setting.writeMode == .append else { return (rows ?? source).counted }
      return (target + (rows ?? [])).counted
    }
    guard wasCompleted, let reached, let ties else { return nil }
    let target = setting.trackDeletions ? target.filter(Self.keys(setting, source)) : target
    let now = overlap(source, at: reached)
    let hasTies = !now.isEmpty && now.counted != ties
    let new = source.filter { $0["changed"].map { KeyOrder.isBelow(reached, $0) } ?? false }
    guard hasTies || !new.isEmpty else { return target.counted }
    guard setting.trackModifications else {
      let kept = hasTies ? target.filter { $0["changed"] != reached } : target
      return (kept + new + (hasTies ? now : [])).counted
    }
    return merged(new + (hasTies || setting.lag != nil ? now : []), into: target).counted
  }

  /// Whether a row's key is among those of the source.
  private static func keys(_ setting: Setting, _ source: [Row]) -> (Row) -> Bool {
    let keys = Set(source.map { row in setting.mergeKey.map { row[$0] } })
    return { row in keys.contains(setting.mergeKey.map { row[$0] }) }
  }

  /// Whether an unchanged source leaves the plan nothing to do.
  func isSettled(_ source: [Row], target: [Row]) -> Bool {
    guard wasCompleted, wasSubmitted, !isReshaped, !isDropped else { return false }
    switch setting.strategy {
    case .none: return false
    case .checksum: return taken == source.counted
    case .watermark:
      guard let reached, let ties else { return false }
      if setting.trackDeletions, !target.allSatisfy(Self.keys(setting, source)) { return false }
      let now = overlap(source, at: reached)
      return (now.isEmpty || now.counted == ties)
        && !source.contains { $0["changed"].map { KeyOrder.isBelow(reached, $0) } ?? false }
    }
  }

  /// Whether rows came at the last watermark, or nobody knows.
  func mayHaveTies(_ source: [Row]) -> Bool {
    guard let reached, let ties else { return true }
    return overlap(source, at: reached).counted != ties
  }

  private func latest(_ rows: [Row]) -> KeyValue? {
    rows.compactMap { $0["changed"] }.max { KeyOrder.isBelow($0, $1) }
  }

  /// The rows at the end of a watermark, down to the lag.
  private func overlap(_ rows: [Row], at bound: KeyValue) -> [Row] {
    rows.filter { row in
      guard let value = row["changed"], !KeyOrder.isBelow(bound, value) else { return false }
      guard let lag = setting.lag else { return value == bound }
      return setting.ticks(bound) - setting.ticks(value) <= lag
    }
  }

  private func merged(_ rows: [Row], into target: [Row]) -> [Row] {
    let key = setting.mergeKey
    let keys = Set(rows.map { row in key.map { row[$0] } })
    return target.filter { row in !keys.contains(key.map { row[$0] }) } + rows
  }

  // MARK: What happened

  /// - Parameters:
  ///   - source: the rows as they were planned.
  ///   - now: the rows as they are by now.
  mutating func submitted(_ change: TableChange, _ source: [Row], now: [Row]) {
    let isFresh = isFresh(change)
    let still = Set(now)
    if setting.strategy == .watermark {
      let bound = change.watermark?.bound
      owed.formUnion(
        source.filter { row in
          guard still.contains(row) else { return false }
          guard let bound else { return !change.parts.isEmpty }
          guard let value = row["changed"] else { return isFresh && !change.parts.isEmpty }
          guard !KeyOrder.isBelow(bound, value) else { return false }
          return isFresh || reached.map { KeyOrder.isBelow($0, value) } ?? true
        })
      reached = bound
      // What an earlier run left to do may be done with what the source was like then.
      ties = wasCompleted || isFresh ? bound.map { overlap(source, at: $0).counted } : nil
    }
    wasReshaped = isReshaped || !wasCompleted && wasReshaped
    wasSubmitted = true
    wasCompleted = false
    isReshaped = false
    isDropped = false
  }

  /// - Parameter source: the rows that nobody changed since the plan was made; nil when somebody did.
  mutating func completed(_ source: [Row]?) {
    wasCompleted = true
    taken = source?.counted
  }

  /// What contradicts the promise whatever happened before; empty when nothing does.
  func broken(source: [Row], target: [Row], isComplete: Bool) -> [String] {
    var problems: [String] = []
    let held = target.counted
    for (row, count) in held where count > seen[row, default: 0] {
      let what = seen[row] == nil ? "was never in the source" : "is in the target \(count) times"
      problems.append("\(row.text) \(what)")
    }
    if isComplete, setting.strategy == .watermark {
      for row in source where owed.contains(row) && held[row] == nil { problems.append("\(row.text) is lost") }
    }
    return Array(problems.sorted().prefix(4))
  }
}

extension Setting {
  /// The point of a watermark as the number that ``moment(_:)`` was given.
  func ticks(_ value: KeyValue) -> Int {
    switch value {
    case .integer(let number): return Int(number)
    case .text(let text):
      let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
      return (numbers[2] - 1) * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
    default: preconditionFailure("\(value) is no watermark")
    }
  }
}
