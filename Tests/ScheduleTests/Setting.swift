import Catalogs
import Foundation
import Plans
import Support
import Workflows

/// What a schedule is played with: the table's key, how it is synchronised, and how it is cut.
struct Setting {
  enum Key: String, CaseIterable {
    case integer, composite, text, anyCase, none
  }

  enum Watermark: String {
    case number, time
  }

  /// The pairs of systems that differ in what may be drawn.
  struct Limits {
    var keys = Key.allCases
    var watermarks = [Watermark.number, .time]
    var changesShape = true
    /// Writers may commit while the source is being read.
    var writesWhileRead = false
    /// Engines may come late to a load that another has done since.
    var hasZombies = true
    var steps = 3...6
    var rowsPerPart = [4, 7, 12, 25]
  }

  var key: Key
  /// Cut by the column `grp`, which may be NULL and changes freely, and not by the primary key.
  var cutsByGroup: Bool
  var strategy: Synchronization.Strategy
  var watermark: Watermark
  var trackModifications: Bool
  var lag: Int?
  /// Rows that left the source leave the target.
  ///
  /// The one switch for `synchronization.trackDeletions`: ``Promise`` reads it.
  var trackDeletions = false
  var snapshot: SnapshotMode
  var writeMode: WriteMode?
  var metadataColumns: Bool
  var onShrink: OnShrink
  var rowsPerPart: Int
  let limits: Limits

  init(_ limits: Limits, _ random: inout SeededGenerator) {
    self.limits = limits
    key = limits.keys.randomElement(using: &random)!
    cutsByGroup = random.chance(25)
    strategy = [.checksum, .checksum, .none, .watermark, .watermark].randomElement(using: &random)!
    watermark = limits.watermarks.randomElement(using: &random)!
    let isWatermark = strategy == .watermark
    trackModifications = isWatermark && random.chance(50)
    lag = trackModifications && random.chance(40) ? random.number(2..<9) : nil
    snapshot = [.preferred, .preferred, .none, .required].randomElement(using: &random)!
    writeMode = nil
    if isWatermark, !trackModifications, random.chance(15) { writeMode = .append }
    if !isWatermark, key != .none, random.chance(12) { writeMode = .merge }
    metadataColumns = random.chance(25)
    onShrink = random.chance(15) ? .refuse : .allow
    rowsPerPart = limits.rowsPerPart.randomElement(using: &random)!
    trackDeletions = isWatermark && key != .none && writeMode == nil && random.chance(50)
  }

  var keyColumns: [String] {
    switch key {
    case .integer: ["k"]
    case .composite: ["k", "s"]
    case .text, .anyCase: ["s"]
    case .none: []
    }
  }

  /// What rows are merged by, where they are.
  var mergeKey: [String] { key == .none ? ["n"] : keyColumns }
  var merges: Bool { writeMode == .merge || trackModifications }
  var replaces: Bool { strategy != .watermark && writeMode != .merge }
  /// Doubled rows have no key to tell them apart.
  var doublesRows: Bool { key == .none && !merges }
  /// `writeMode` `append` refuses to take rows back at the last watermark.
  var keepsTies: Bool { writeMode == .append }

  var columns: [SourceTable.Column] {
    let keys: [SourceTable.Column] =
      switch key {
      case .integer: [.init(name: "k", kind: .integer, isNullable: false)]
      case .composite:
        [.init(name: "k", kind: .integer, isNullable: false), .init(name: "s", kind: .text(20), isNullable: false)]
      case .text, .anyCase: [.init(name: "s", kind: .text(20), isNullable: false)]
      case .none: []
      }
    return keys + [
      .init(name: "grp", kind: .integer), .init(name: "changed", kind: watermark == .number ? .integer : .text(30)),
      .init(name: "n", kind: .integer, isNullable: false), .init(name: "ver", kind: .integer, isNullable: false),
      .init(name: "note", kind: .text(20)),
    ]
  }

  /// The key's values of the row at a place: with places, keys grow under `integer` and `composite`, and jump about under `text`.
  func keyCells(_ place: Int) -> Row {
    let letter = ["m", "B", "é", "z", "a", "Ä"][place % 6]
    let text = KeyValue.text("\(letter)\(place / 2)-\(place)")
    switch key {
    case .integer: return ["k": .integer(Int64(place))]
    case .composite: return ["k": .integer(Int64(place / 9)), "s": text]
    case .text, .anyCase: return ["s": text]
    case .none: return [:]
    }
  }

  /// A point of the watermark as the column has it.
  func moment(_ tick: Int) -> KeyValue {
    guard watermark == .time else { return .integer(Int64(tick)) }
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return .text("2026-01-0\(1 + tick / 86_400) \(two(tick / 3600 % 24)):\(two(tick / 60 % 60)):\(two(tick % 60))")
  }

  var watermarkLag: WatermarkLag? {
    lag.map { watermark == .number ? .amount(.init($0)) : .duration(.seconds($0)) }
  }

  func workflow(table: String) -> Workflow {
    Workflow(tables: [
      TableConfiguration(
        source: ObjectReference(tableName: table),
        target: TargetReference(tableName: table, writeMode: writeMode, metadataColumns: metadataColumns),
        columnNamesToPartitionBy: cutsByGroup ? ["grp"] : [],
        synchronization: Synchronization(
          strategy: strategy, watermarkColumn: strategy == .watermark ? "changed" : nil,
          trackModifications: trackModifications, trackDeletions: trackDeletions, watermarkLag: watermarkLag,
          onShrink: onShrink),
        primaryKeyColumns: merges && key == .none ? ["n"] : [], partitionSize: .maxRowsPerPartition(rowsPerPart),
        snapshot: snapshot)
    ])
  }
}

extension Setting: CustomStringConvertible {
  var description: String {
    var words = ["key \(key.rawValue)", "strategy \(strategy.rawValue)"]
    if cutsByGroup { words.append("cut by grp") }
    if strategy == .watermark { words.append("watermark \(watermark.rawValue)") }
    if trackModifications { words.append("trackModifications") }
    if trackDeletions { words.append("trackDeletions") }
    if let lag { words.append("lag \(lag)") }
    if let writeMode { words.append("writeMode \(writeMode.rawValue)") }
    if metadataColumns { words.append("metadataColumns") }
    words += ["snapshot \(snapshot.rawValue)", "onShrink \(onShrink.rawValue)", "\(rowsPerPart) rows a part"]
    return words.joined(separator: ", ")
  }
}
