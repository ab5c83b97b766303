import Plans
import SQL

/// A part as the state keeps it.
struct PlacedPart: Hashable {
  var part: Int
  var run: Int
  /// The part's rows joined those of other parts: a window that is not merged into the table's watermark yet.
  var isAppended: Bool
  var isLoaded: Bool
  /// As the state writes them.
  var bounds: String
}

/// What a plan changes in the state's list of a table's parts, decided without a database.
///
/// A part that a run takes on is not loaded from that moment until its load is in the target. Windows that were loaded
/// by an earlier run, but lie behind one that was not, stay in the list until all are in.
struct PartLayout {
  var removed: [PlacedPart] = []
  var added: [PartChange] = []
  /// Parts that stay but lost keys to a new part, with the bounds they have from now on.
  var narrowed: [(part: Int, bounds: String)] = []
  /// Parts that stay although the state was never told that they are in the target: its ledger has them.
  var settled: [Int] = []
  var run: Int

  static let columns = [
    "part", "run", "bounds", "window_bounds", "appended", "digest", "next_digest", "row_count", "loaded_by",
  ]

  /// - Throws: ``StoreError`` with code `invalid` when the plan keeps a part that the state does not have.
  init(change: TableChange, known: [PlacedPart], run: Int) throws {
    // Removals leave no part behind: what they take is counted off the parts that are there.
    let parts = change.parts.filter { $0.method != .remove }
    let moving = Set(parts.filter { !PartLayout.isAppended($0) }.map(\.part.id))
    let windows = Set(parts.filter(PartLayout.isAppended).map(\.part.id))
    let replaced = Set(parts.flatMap(\.replaces))
    let kept = Set(change.kept.map(\.id))
    let present = Set(known.map(\.part))
    if let missing = kept.subtracting(present).min() {
      throw StoreError(
        .invalid, "the plan keeps part \(missing) of \(change.source), which the state does not know",
        advice: "Make a new plan.")
    }
    removed = known.filter { part in
      switch change.action {
      case .create, .reload, .forget: return true
      case .append, .remove, .refresh, .none: break
      }
      if replaced.contains(part.part) { return true }
      if part.isAppended { return windows.contains(part.part) && !part.isLoaded }
      if moving.contains(part.part) { return true }
      return change.action == .refresh && !kept.contains(part.part)
    }
    if change.action == .refresh {
      let bounds = Dictionary(known.map { ($0.part, $0.bounds) }) { a, _ in a }
      narrowed = try change.kept.map { (part: $0.id, bounds: try JSONText.encode($0.range)) }
        .filter { bounds[$0.part] != $0.bounds }
    }
    settled = known.filter { kept.contains($0.part) && !$0.isLoaded }.map(\.part)
    added = parts
    self.run = run
  }

  /// In the order of ``columns``.
  func row(_ part: PartChange) throws -> [SQLValue] {
    [
      SQLValue(part.part.id), SQLValue(run), .text(try JSONText.encode(part.part.range)),
      SQLValue(try part.window.map { try JSONText.encode($0) }), SQLValue(PartLayout.isAppended(part)), .null,
      SQLValue(part.digest?.description), 0, .null,
    ]
  }

  /// The rows of a window come on top of those that the target has; one that is open below is a part of a first load.
  static func isAppended(_ part: PartChange) -> Bool {
    part.window?.after != nil && part.method != .replace
  }
}

extension SQLConnection {
  func placedParts(_ table: Int) throws -> [PlacedPart] {
    try query(
      "SELECT part, run, appended, loaded_by, bounds FROM part_states WHERE table_state = ?", [SQLValue(table)]
    ).map {
      PlacedPart(
        part: try $0.int("part"), run: try $0.int("run"), isAppended: try $0.bool("appended"),
        isLoaded: try $0.optionalInt("loaded_by") != nil, bounds: try $0.text("bounds"))
    }
  }

  func apply(_ layout: PartLayout, table: Int) throws {
    for part in layout.removed {
      try execute(
        "DELETE FROM part_states WHERE table_state = ? AND part = ? AND run = ?",
        [SQLValue(table), SQLValue(part.part), SQLValue(part.run)])
    }
    for part in layout.narrowed {
      try execute(
        "UPDATE part_states SET bounds = ? WHERE table_state = ? AND part = ?",
        [.text(part.bounds), SQLValue(table), SQLValue(part.part)])
    }
    for part in layout.settled { try settle(part, table: table) }
    for parts in layout.added.chunks {
      try insert(
        into: "part_states", columns: ["table_state"] + PartLayout.columns,
        rows: try parts.map { [SQLValue(table)] + (try layout.row($0)) })
    }
  }
}

extension SQLConnection {
  /// Remembers that a part is in the target, with the rows that were staged for it.
  private func settle(_ part: Int, table: Int) throws {
    let load = try first(
      """
      SELECT tasks.input AS input FROM tasks JOIN run_tables ON run_tables.run = tasks.run
      AND run_tables.table_index = tasks.table_index
      JOIN part_states ON part_states.table_state = run_tables.table_state AND part_states.run = tasks.run
      AND part_states.part = tasks.part WHERE part_states.table_state = ? AND tasks.part = ? AND tasks.kind = 'load'
      """, [SQLValue(table), SQLValue(part)])
    let staged = try JSONText.decodeIfPresent(StagedPart.self, try load?.optionalText("input"))
    try execute(
      "UPDATE part_states SET loaded_by = run, row_count = ? WHERE table_state = ? AND part = ?",
      [SQLValue(staged?.rows ?? 0), SQLValue(table), SQLValue(part)])
  }
}

extension Array {
  /// Slices of a thousand elements, so that rows for the database never stand in memory all at once.
  var chunks: some Sequence<ArraySlice<Element>> {
    stride(from: 0, to: count, by: 1000).lazy.map { self[$0..<Swift.min($0 + 1000, count)] }
  }
}
