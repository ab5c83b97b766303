import Plans

/// What loads make of the target's table, as spec sections 4 to 6 say it, load by load.
struct TargetTable {
  struct Held {
    var row: Row
    /// The part that brought the row.
    var part: Int
  }

  var exists = false
  private(set) var held: [Held] = []
  /// The table that a rebuild gathers its rows in.
  private var rebuild: [Held] = []

  var rows: [Row] { held.map(\.row) }

  /// Gone with all its rows.
  mutating func drop() { self = TargetTable() }

  mutating func prepare() {
    exists = true
    rebuild = []
  }

  /// One transaction: take out what the part replaces, put in what was extracted.
  mutating func load(_ part: PartChange, of change: TableChange, _ extracted: [Row], order: KeyOrder) {
    let new = extracted.map { Held(row: $0, part: part.part.id) }
    switch (part.method, change.addressing) {
    case (.replace, .rebuild):
      rebuild += new
      return
    case (.replace, .wholeTable): held = []
    case (.replace, .keyRange): held.removeAll { order.has($0.row, in: part.part.range) }
    case (.replace, .partColumn):
      let gone = Set([part.part.id] + part.replaces)
      held.removeAll { gone.contains($0.part) }
    case (.append, _):
      if let window = part.window, window.includesAfter {
        held.removeAll { $0.row["changed"] != nil && $0.row["changed"] == window.after }
      }
    case (.merge, _):
      let key = change.mergeKey.map { $0.lowercased() }
      let keys = Set(extracted.map { row in key.map { row[$0] } })
      held.removeAll { held in keys.contains(key.map { held.row[$0] }) }
    case (.remove, _):
      let key = change.mergeKey.map { $0.lowercased() }
      let keys = Set(extracted.map { row in key.map { row[$0] } })
      held.removeAll { held in order.has(held.row, in: part.part.range) && !keys.contains(key.map { held.row[$0] }) }
      return
    }
    held += new
  }

  mutating func finish(_ addressing: Addressing) {
    if addressing == .rebuild { held = rebuild }
  }
}
