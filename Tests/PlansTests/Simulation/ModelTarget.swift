import Plans

/// A target table as spec sections 4 to 6 say that loads change it.
struct ModelTarget {
  struct Row: Hashable {
    var row: ModelRow
    var part: Int
  }

  var rows: [Row] = []
  /// The table that a rebuild gathers its rows in.
  var rebuild: [Row] = []
  var fence: LedgerFence?

  mutating func prepare(run: Int, lineage: String) {
    fence = LedgerFence(lineage: lineage, run: run, commits: fence?.commits ?? 0)
    rebuild = []
  }

  /// One transaction: take out what the part replaces, put in what was extracted.
  mutating func load(_ part: PartChange, _ addressing: Addressing, _ extracted: [ModelRow], isKeyedByPart: Bool) {
    let new = extracted.map { Row(row: $0, part: part.part.id) }
    fence?.commits += 1
    switch (part.method, addressing) {
    case (.replace, .rebuild):
      rebuild += new
      return
    case (.replace, .wholeTable): rows = []
    case (.replace, .keyRange): rows.removeAll { $0.row.isIn(part.part.range) }
    case (.replace, .partColumn):
      let gone = Set([part.part.id] + part.replaces)
      rows.removeAll { gone.contains($0.part) }
    case (.append, _):
      if let window = part.window, window.includesAfter {
        rows.removeAll { $0.row.watermark != nil && $0.row.watermark == window.after?.integer }
      }
    case (.merge, _):
      let keys = Set(extracted.map { $0.identity(isKeyedByPart) })
      rows.removeAll { keys.contains($0.row.identity(isKeyedByPart)) }
    case (.remove, _):
      let keys = Set(extracted.map { $0.identity(isKeyedByPart) })
      rows.removeAll { $0.row.isIn(part.part.range) && !keys.contains($0.row.identity(isKeyedByPart)) }
      return
    }
    rows += new
  }

  /// What a comparison of keys finds, part by part.
  func removals(_ search: RemovalSearch, _ source: ModelSource, isKeyedByPart: Bool) -> RemovalFindings {
    let found = search.parts.map { part in
      let keys = Set(source.rows(in: part.range, nil).map { $0.identity(isKeyedByPart) })
      let held = rows.filter { $0.row.isIn(part.range) }
      return FoundRemoval(
        part: part, missing: held.count { !keys.contains($0.row.identity(isKeyedByPart)) }, targetRows: held.count,
        isEmptied: keys.isEmpty)
    }
    return RemovalFindings(parts: found, targetRows: rows.count)
  }

  mutating func finish(_ addressing: Addressing) {
    if addressing == .rebuild { rows = rebuild }
  }
}
