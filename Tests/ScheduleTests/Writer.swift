import Plans
import Support

/// Draws what other programs do to the source's table between and during refreshes.
struct Writer {
  private let setting: Setting
  /// The last moment given to a row.
  private var clock = 100
  /// Names and versions given so far.
  private var names = 0
  private var versions = 0
  /// Places that rows ever had; a key is never given twice, so that rows can change keys in any order.
  private var places: Set<Int> = []
  /// Rows as they once were.
  private var past: [SourceTable.Line] = []

  init(_ setting: Setting) {
    self.setting = setting
  }

  mutating func begin(_ random: inout SeededGenerator) -> SourceTable {
    var table = SourceTable(columns: setting.columns)
    let rows = random.chance(10) ? 0 : setting.rowsPerPart * random.number(0..<7) + random.number(0..<5)
    for _ in 0..<rows {
      let place = random.number(1000..<9000)
      table.lines += line(near: place, in: table, &random).map { [$0] } ?? []
    }
    return table
  }

  /// One to three changes, of all kinds that the table can have.
  ///
  /// - Parameter reached: where the watermark stands.
  /// - Returns: what was done, in words.
  mutating func write(
    _ table: inout SourceTable, reached: KeyValue?, _ random: inout SeededGenerator
  ) -> [String] {
    var words: [String] = []
    for _ in 0..<random.number(1..<4) {
      let kind = Kind.allCases.randomElement(using: &random)!
      let before = table.lines.count
      guard change(&table, kind, reached, &random) else { continue }
      words.append("\(kind.rawValue) (\(before) to \(table.lines.count) rows)")
    }
    return words
  }

  /// Rows of another shape are not put back.
  mutating func forget() { past = [] }

  private enum Kind: String, CaseIterable {
    case atEnd = "insert at the end"
    case inMiddle = "insert in the middle"
    case atStart = "insert below"
    case late = "insert late"
    case ties = "insert ties"
    case update, touch = "update without the watermark", delete, shrink, grow, redistribute, double
    case changeKeys = "change keys"
    case changeGroups = "change groups"
    case toNull = "watermark to NULL"
    case putBack = "put back"
  }

  private mutating func change(
    _ table: inout SourceTable, _ kind: Kind, _ reached: KeyValue?, _ random: inout SeededGenerator
  ) -> Bool {
    let few = 1 + random.number(0..<4)
    switch kind {
    case .atEnd:
      let end = (table.lines.map(\.place).max() ?? 5000) + 1
      insert(few, between: end, and: end + 40, &table, &random)
    case .inMiddle: insert(few, between: 2000, and: 8000, &table, &random)
    case .atStart:
      let start = table.lines.map(\.place).min() ?? 5000
      insert(few, between: start - 40, and: start, &table, &random)
    case .late:
      guard let reached else { return false }
      let first = table.lines.count
      insert(few, between: 2000, and: 8000, &table, &random)
      for index in first..<table.lines.count {
        table.lines[index].row["changed"] = setting.moment(setting.ticks(reached) - random.number(1..<14))
      }
    case .ties:
      guard !setting.keepsTies, let latest = Self.latest(table) else { return false }
      let first = table.lines.count
      insert(few, between: 2000, and: 8000, &table, &random)
      for index in first..<table.lines.count { table.lines[index].row["changed"] = latest }
    case .update: return modify(few, &table, &random) { $0["changed"] = $1 }
    case .touch:
      return modify(few, &table, &random) { row, _ in row["note"] = row["note"] == nil ? .text("touched") : nil }
    case .toNull: return modify(few, &table, &random) { row, _ in row["changed"] = nil }
    case .changeGroups:
      let group = random.number(0..<60)
      let isNull = random.chance(15)
      return modify(few, &table, &random) { row, _ in row.set("grp", isNull ? nil : group) }
    case .changeKeys:
      guard setting.key != .none else { return false }
      return rekey(chosen(few, table, &random), by: nil, &table, &random)
    case .redistribute:
      guard setting.key != .none, random.chance(40) else { return false }
      let middle = random.number(2000..<8000)
      let names = Set(table.lines.filter { $0.place > middle && isFree($0.row, table) }.compactMap { $0.row["n"] })
      return rekey(names, by: 50_000, &table, &random)
    case .delete: remove(chosen(few, table, &random), &table)
    case .shrink:
      guard random.chance(40) else { return false }
      let (a, b) = (random.number(900..<9100), random.number(900..<9100))
      let range = min(a, b)...max(a, b)
      remove(
        Set(table.lines.filter { range.contains($0.place) && isFree($0.row, table) }.compactMap { $0.row["n"] }), &table
      )
    case .grow:
      guard table.lines.count < 160 else { return false }
      let start = random.number(1000..<9000)
      insert(setting.rowsPerPart * 2 + few, between: start, and: start + 100, &table, &random)
    case .double:
      guard setting.doublesRows, let line = table.lines.randomElement(using: &random), isFree(line.row, table) else {
        return false
      }
      table.lines.append(line)
    case .putBack:
      let there = Set(table.lines.compactMap { $0.row["n"] })
      guard let line = past.randomElement(using: &random), let name = line.row["n"], there.contains(name) else {
        return false
      }
      let isUnique = setting.key == .none || !table.lines.contains { $0.place == line.place && $0.row["n"] != name }
      guard isUnique, isFree(line.row, table),
        !table.lines.contains(where: { $0.row["n"] == name && !isFree($0.row, table) })
      else { return false }
      for index in table.lines.indices where table.lines[index].row["n"] == name {
        table.lines[index] = line
      }
    }
    return true
  }

  static func latest(_ table: SourceTable) -> KeyValue? {
    table.lines.compactMap { $0.row["changed"] }.max { KeyOrder.isBelow($0, $1) }
  }

  /// Whether the row may be touched: where ties must stay as they are, those at the latest moment may not.
  private func isFree(_ row: Row, _ table: SourceTable) -> Bool {
    guard setting.keepsTies, let value = row["changed"], let latest = Self.latest(table) else { return true }
    return value != latest
  }

  // MARK: Rows

  private mutating func insert(
    _ count: Int, between low: Int, and high: Int, _ table: inout SourceTable, _ random: inout SeededGenerator
  ) {
    for _ in 0..<count {
      if let line = line(near: random.number(low..<max(high, low + 1)), in: table, &random) { table.lines.append(line) }
    }
  }

  private mutating func line(
    near wanted: Int, in table: SourceTable, _ random: inout SeededGenerator
  ) -> SourceTable.Line? {
    guard let place = freePlace(near: wanted) else { return nil }
    names += 1
    var row = setting.keyCells(place)
    row.set("n", names)
    row.set("ver", nextVersion())
    row.set("grp", random.chance(8) ? nil : random.number(0..<60))
    if !random.chance(50) {
      row["note"] = ["", "row", "é", "it's", "  blank "].randomElement(using: &random).map { .text($0) }
    }
    for column in table.columns where column.name.hasPrefix("extra") && random.chance(60) {
      row[column.name] = column.kind == .integer ? .integer(Int64(names)) : .text("x\(names)")
    }
    row["changed"] = random.chance(5) ? nil : nextMoment(&random)
    return SourceTable.Line(place: place, row: row)
  }

  private mutating func freePlace(near wanted: Int) -> Int? {
    guard let place = (0..<400).lazy.map({ wanted + $0 }).first(where: { $0 > 0 && !places.contains($0) }) else {
      return nil
    }
    places.insert(place)
    return place
  }

  private mutating func nextVersion() -> Int {
    versions += 1
    return versions
  }

  private mutating func nextMoment(_ random: inout SeededGenerator) -> KeyValue {
    clock += setting.keepsTies ? 1 : random.number(0..<3)
    return setting.moment(clock)
  }

  private func chosen(_ count: Int, _ table: SourceTable, _ random: inout SeededGenerator) -> Set<KeyValue> {
    let names = table.lines.filter { isFree($0.row, table) }.compactMap { $0.row["n"] }
    return Set((0..<count).compactMap { _ in names.randomElement(using: &random) })
  }

  private mutating func modify(
    _ count: Int, _ table: inout SourceTable, _ random: inout SeededGenerator, _ body: (inout Row, KeyValue) -> Void
  ) -> Bool {
    let names = chosen(count, table, &random)
    let moments = Dictionary(
      uniqueKeysWithValues: names.sorted { KeyOrder.isBelow($0, $1) }.map { ($0, (nextMoment(&random), nextVersion())) }
    )
    for index in table.lines.indices {
      guard let name = table.lines[index].row["n"], let (moment, version) = moments[name] else { continue }
      past.append(table.lines[index])
      table.lines[index].row.set("ver", version)
      body(&table.lines[index].row, moment)
    }
    return !names.isEmpty
  }

  /// Gives rows other keys.
  ///
  /// - Parameter offset: how far all of them move; nil for anywhere.
  private mutating func rekey(
    _ names: Set<KeyValue>, by offset: Int?, _ table: inout SourceTable, _ random: inout SeededGenerator
  ) -> Bool {
    for index in table.lines.indices {
      guard let name = table.lines[index].row["n"], names.contains(name) else { continue }
      let wanted = offset.map { table.lines[index].place + $0 } ?? random.number(1000..<9000)
      guard let place = freePlace(near: wanted) else { continue }
      past.append(table.lines[index])
      table.lines[index].place = place
      table.lines[index].row.merge(setting.keyCells(place)) { $1 }
      table.lines[index].row.set("ver", nextVersion())
      if random.chance(60) { table.lines[index].row["changed"] = nextMoment(&random) }
    }
    return !names.isEmpty
  }

  private mutating func remove(_ names: Set<KeyValue>, _ table: inout SourceTable) {
    table.lines.removeAll { $0.row["n"].map(names.contains) ?? false }
  }
}
