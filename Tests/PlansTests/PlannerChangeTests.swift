import Catalogs
import Plans
import Testing
import Workflows

/// The second question, for `none` and `checksum`: which parts move, how, and what is refused.
struct PlannerChangeTests {
  private let ranges: [(PartRange, Int)] = [(.between(nil, 10), 90), (.between(10, nil), 80)]
  private let loaded: [PartState] = [.loaded(1, .between(nil, 10), rows: 90), .loaded(2, .between(10, nil), rows: 80)]

  private func differing(_ ids: Set<Int>) -> MeasuredLayout {
    var layout = MeasuredLayout.counted(ranges)
    for index in layout.parts.indices where ids.contains(layout.parts[index].part.id) {
      layout.parts[index].digest?.high ^= 1
    }
    return layout
  }

  // MARK: Parts

  @Test func `A new table loads every part`() throws {
    let change = try Sample().change(.counted(ranges))
    #expect(change.action == .create)
    #expect(change.reason == .notInTarget)
    #expect(change.parts.map(\.reason) == [.notInTarget, .notInTarget])
    #expect(change.parts.map(\.method) == [.replace, .replace])
    #expect(change.parts.map(\.rows) == [90, 80])
    #expect(change.parts.map(\.digest) == [.sample(90, 1), .sample(80, 2)])
    #expect(change.kept.isEmpty)
    #expect(change.refusals.isEmpty)
  }

  @Test func `An unchanged table has nothing to do`() throws {
    let change = try Sample().loaded(loaded).change(.counted(ranges))
    #expect(change.action == .none)
    #expect(change.reason == .unchanged)
    #expect(change.parts.isEmpty)
    #expect(change.kept.map(\.id) == [1, 2])
  }

  @Test func `Only parts that differ move under checksum`() throws {
    let change = try Sample().loaded(loaded).change(differing([2]))
    #expect(change.action == .refresh)
    #expect(change.reason == .checksumDiffers)
    #expect(change.parts.map(\.part.id) == [2])
    #expect(change.kept.map(\.id) == [1])
  }

  @Test func `Parts move that are not loaded or have no checksum`() throws {
    var sample = try Sample().loaded(loaded)
    sample.state?.parts[0].loadedBy = nil
    sample.state?.parts[1].digest = nil
    let change = try sample.change(.counted(ranges))
    #expect(change.parts.map(\.reason) == [.notLoaded, .checksumMissing])
    #expect(change.reason == .notLoaded)
  }

  @Test func `Parts that nobody scanned move because of that`() throws {
    var layout = MeasuredLayout.counted(ranges)
    layout.isUnknown = true
    layout.totalRows = 0
    for index in layout.parts.indices { layout.parts[index].digest = nil }
    let change = try Sample().loaded(loaded).change(layout)
    #expect(change.parts.map(\.reason) == [.notScanned, .notScanned])
    #expect(change.parts.map(\.rows) == [nil, nil])
    #expect(change.refusals.isEmpty)
  }

  @Test func `none moves every part of a loaded table`() throws {
    let sample = try Sample(Synchronization(strategy: .none)).loaded(loaded)
    let change = try sample.change(.counted(ranges))
    #expect(change.action == .reload)
    #expect(change.reason == .strategyNone)
    #expect(change.parts.map(\.reason) == [.strategyNone, .strategyNone])
    #expect(change.addressing == .keyRange)
  }

  @Test func `Pieces, joined parts and new ones are told apart`() throws {
    var layout = MeasuredLayout.counted(
      [(.between(nil, 5), 45), (.between(5, 10), 45), (.between(10, 20), 9), (.between(20, nil), 81)], firstID: 6)
    layout.parts[0].replaces = [1]
    layout.parts[1].replaces = [1]
    layout.parts[2].replaces = [2, 3]
    let change = try Sample().loaded(loaded).change(layout)
    #expect(change.parts.map(\.reason) == [.grewAndSplits, .grewAndSplits, .shrankAndMerges, .newPart])
    #expect(change.parts.map(\.replaces) == [[1], [1], [2, 3], []])
    #expect(change.kept.isEmpty)
  }

  @Test func `Parts that do not cover the table, or count to another sum, are an error`() throws {
    let gap = #expect(throws: PlanError.self) { try Sample().change(.counted([(.between(nil, 5), 1)])) }
    #expect(gap?.code == .notCovered)
    var layout = MeasuredLayout.counted(ranges)
    layout.totalRows += 1
    let sum = #expect(throws: PlanError.self) { try Sample().change(layout) }
    #expect(sum?.code == .notCovered)
    #expect(sum?.message.contains("170 rows and the table 171") == true)
    layout.isUnknown = true
    #expect(throws: Never.self) { try Sample().change(layout) }
  }

  // MARK: Addressing

  @Test func `Parts are addressed by key where the target orders it alike`() throws {
    let sample = try Sample().loaded(loaded)
    #expect(try sample.change(differing([2])).addressing == .keyRange)
    #expect(try Sample().change(.counted(ranges)).addressing == .keyRange)
    #expect(try Sample().change(.counted([(.whole, 5)])).addressing == .wholeTable)
  }

  @Test func `Else one changed part moves them all, beside the old table`() throws {
    var sample = try Sample().loaded(loaded)
    sample.dialect.ordersKeys = false
    let change = try sample.change(differing([2]))
    #expect(change.addressing == .rebuild)
    #expect(change.parts.map(\.part.id) == [1, 2])
    #expect(change.parts.map(\.reason) == [.keyOrderDiffers, .checksumDiffers])
    #expect(change.kept.isEmpty)
    #expect(try sample.change(.counted(ranges)).parts.isEmpty)
  }

  @Test func `A collated text key is not addressed by range`() throws {
    var sample = Sample()
    sample.configuration.columnNamesToPartitionBy = ["note", "id"]
    let parts: [(PartRange, Int)] = ranges + [(.nullKey, 1)]
    #expect(try sample.change(.counted(parts)).addressing == .keyRange)
    sample.source.columns[1].collation = "Latin1_General_CI_AS"
    #expect(try sample.change(.counted(parts)).addressing == .rebuild)
  }

  @Test func `A table that is filled with something else is replaced as a whole`() throws {
    var sample = try Sample().loaded(loaded)
    sample.isReplaceAsked = true
    #expect(try sample.change(.counted(ranges, firstID: 3)).addressing == .rebuild)
    #expect(try sample.change(.counted([(.whole, 170)], firstID: 3)).addressing == .wholeTable)
    sample.configuration.target.metadataColumns = true
    #expect(try sample.change(.counted(ranges, firstID: 3)).addressing == .rebuild)
  }

  @Test func `Nothing is rebuilt where no part moves`() throws {
    var sample = try Sample().loaded(loaded)
    sample.dialect.ordersKeys = false
    sample.target?.columns[1].declaredType = "VARCHAR(20)"
    let change = try sample.change(.counted(ranges))
    #expect(change.statements.count == 1)
    #expect(change.action == .refresh)
    #expect(change.reason == .schemaChanged)
    #expect(change.parts.isEmpty)
    #expect(change.kept.map(\.id) == [1, 2])
    #expect(change.addressing == .keyRange, "an empty rebuild would take the table's place")
  }

  @Test func `A part column finds rows by part, those of a failed split too`() throws {
    var sample = Sample()
    sample.configuration.target.metadataColumns = true
    sample = try sample.loaded([
      .loaded(1, .between(nil, 10), rows: 90), .loaded(4, .between(10, 15), rows: 0, by: nil),
      .loaded(5, .between(15, nil), rows: 0, by: nil),
    ])
    sample.target?.columns += MetadataColumns.names.sorted().map {
      Column(name: $0, declaredType: "NUMBER(19,0)", type: .integer)
    }
    var layout = MeasuredLayout.counted([(.between(nil, 10), 90), (.between(10, 15), 40), (.between(15, nil), 41)])
    layout.parts[1].part.id = 4
    layout.parts[2].part.id = 5
    let change = try sample.change(layout)
    #expect(change.addressing == .partColumn)
    #expect(change.parts.map(\.part.id) == [4, 5])
    #expect(
      change.parts.map(\.replaces) == [[2, 3], [2, 3]], "their rows are still there under the old parts' numbers")
  }

  // MARK: Write modes

  @Test func `merge merges changed parts, by the key that is named or the primary key`() throws {
    var sample = Sample()
    sample.configuration.target.writeMode = .merge
    #expect(try sample.change(.counted(ranges)).mergeKey == ["ID"])
    sample.configuration.primaryKeyColumns = ["changed"]
    sample = try sample.loaded(loaded)
    let change = try sample.change(differing([2]))
    #expect(change.parts.map(\.method) == [.merge])
    #expect(change.mergeKey == ["CHANGED"])
    #expect(change.warnings == ["no unique index says that changed tells rows apart; merging relies on it"])
    sample.source.uniqueKeys = [["changed"]]
    #expect(
      try sample.change(differing([2])).warnings == ["rows with NULL in changed count as one when they are merged"])
    #expect(try sample.change(.counted(ranges)).warnings.isEmpty)
  }

  @Test func `merge without a key is refused`() throws {
    var sample = Sample()
    sample.configuration.target.writeMode = .merge
    sample.source.primaryKey = []
    let change = try sample.change(.counted([(.whole, 1)]))
    #expect(change.refusals == ["there is no key to merge by; name primaryKeyColumns"])
  }

  @Test func `append adds to a table once, and never reloads it`() throws {
    var sample = Sample()
    sample.configuration.target.writeMode = .append
    sample.target = Sample.targetTable
    let first = try sample.change(.counted(ranges))
    #expect(first.action == .append)
    #expect(first.parts.map(\.method) == [.append, .append])
    #expect(first.refusals.isEmpty)
    sample = try sample.loaded(loaded)
    #expect(try sample.change(.counted(ranges)).refusals.isEmpty)
    sample.state?.parts[0].loadedBy = nil
    let missing = try sample.change(.counted(ranges))
    #expect(missing.parts.map(\.method) == [.append], "it was never in, so it comes once")
    #expect(missing.refusals.isEmpty)
    let changed = try sample.change(differing([2]))
    #expect(changed.parts.map(\.method) == [.append, .replace])
    #expect(changed.refusals.count == 1)
    sample.isReplaceAsked = true
    let reload = try sample.change(.counted(ranges, firstID: 3))
    #expect(reload.action == .reload)
    #expect(reload.refusals.count == 1)
    #expect(reload.refusals[0].contains("set target.writeMode to replace"))
  }

  @Test func `A primary key is only enforced where rows cannot break it`() throws {
    func statement(_ change: (inout Sample) -> Void) throws -> String {
      var sample = Sample()
      change(&sample)
      return try sample.change(.counted([(.whole, 1)]), watermark: nil).statements[0]
    }
    #expect(try statement { _ in }.contains("PRIMARY KEY (ID)"))
    #expect(try !statement { $0.configuration.columnNamesToPartitionBy = ["note"] }.contains("PRIMARY KEY"))
    #expect(try statement { $0.configuration.columnNamesToPartitionBy = ["id"] }.contains("PRIMARY KEY"))
    #expect(
      try !statement {
        $0.configuration.synchronization = Synchronization(strategy: .watermark, watermarkColumn: "changed")
      }.contains("PRIMARY KEY"))
    func tracking(_ columns: [String]) throws -> String {
      try statement {
        $0.configuration.synchronization = Synchronization(
          strategy: .watermark, watermarkColumn: "changed", trackModifications: true)
        $0.configuration.primaryKeyColumns = columns
      }
    }
    #expect(try tracking(["id"]).contains("PRIMARY KEY (ID)"))
    #expect(try !tracking(["note"]).contains("PRIMARY KEY"))
  }

  // MARK: Shrinking

  @Test func `A part that was emptied is refused unless it is allowed`() throws {
    var sample = try Sample().loaded(loaded)
    let layout = MeasuredLayout.counted([(.between(nil, 10), 90), (.between(10, nil), 0)])
    var change = try sample.change(layout)
    #expect(change.parts.map(\.part.id) == [2])
    #expect(change.refusals.count == 1)
    #expect(change.refusals[0].hasPrefix("part 2 had 80 rows and has none now"))
    sample.configuration.synchronization.onShrink = .allow
    change = try sample.change(layout)
    #expect(change.refusals.isEmpty)
  }

  @Test func `A table that lost over half its rows is refused, one that lost half is not`() throws {
    let sample = try Sample().loaded(loaded)
    let half = try sample.change(.counted([(.between(nil, 10), 45), (.between(10, nil), 40)]))
    #expect(half.refusals.isEmpty)
    let more = try sample.change(.counted([(.between(nil, 10), 45), (.between(10, nil), 39)]))
    #expect(more.refusals.count == 1)
    #expect(more.refusals[0].hasPrefix("the source had 170 rows and has 84 now"))
  }

  @Test func `Neither joining nor splitting hides an emptied part`() throws {
    let sample = try Sample().loaded(loaded)
    var joined = MeasuredLayout.counted([(.between(nil, nil), 90)], firstID: 3)
    joined.parts[0].replaces = [1, 2]
    joined.parts[0].emptied = [2]
    #expect(try sample.change(joined).refusals.count == 1)
    joined.parts[0].emptied = []
    #expect(try sample.change(joined).refusals.isEmpty)
    var split = MeasuredLayout.counted(
      [(.between(nil, 5), 90), (.between(5, 10), 0), (.between(10, nil), 80)], firstID: 3)
    split.parts[0].replaces = [1]
    split.parts[1].replaces = [1]
    split.parts[2].replaces = [2]
    #expect(try sample.change(split).refusals.isEmpty, "the part's rows are in its other piece")
  }

  @Test func `A reload is held against the state, but not after another filter`() throws {
    var sample = try Sample().loaded(loaded)
    sample.isReplaceAsked = true
    #expect(try sample.change(.counted([(.whole, 84)], firstID: 3)).refusals.count == 1)
    sample.isReplaceAsked = false
    sample.configuration.whereClauseCriteria = "id < 5"
    #expect(try sample.change(.counted([(.whole, 1)], firstID: 3)).refusals.isEmpty)
  }

  // MARK: Refusals

  @Test func `What is not built is refused`() throws {
    var sample = Sample()
    sample.configuration.loading.method = .snowpipe
    let refusals = try sample.change(.counted([(.whole, 1)])).refusals
    #expect(refusals.count == 1)
    #expect(refusals.allSatisfy { $0.contains("not built yet") })
  }

  // MARK: Reasons

  @Test func `A table that left the workflow is forgotten`() throws {
    let state = try #require(try Sample().loaded(loaded).state)
    let change = TableChange(forgetting: state)
    #expect(change.action == .forget)
    #expect(change.reason == .notInWorkflow)
    #expect(change.parts.isEmpty)
    #expect(change.kept.map(\.id) == [1, 2])
  }

  @Test func `Reasons and symbols are words that scripts can rely on`() {
    #expect(Set(Reason.allCases.map(\.rawValue)).count == Reason.allCases.count)
    #expect(Action.allCases.map(\.symbol) == ["+", "~", ">", "-/+", "-", "-", " "])
    #expect(Action.allCases.allSatisfy { !$0.legend.isEmpty })
  }

  @Test func `The estimate adds up what is known`() throws {
    let first = try Sample().change(.counted(ranges))
    var second = first
    second.parts[0].rows = nil
    second.parts[0].bytes = nil
    let estimate = Estimate(of: [first, second], rate: 100)
    #expect(estimate.rows == 250)
    #expect(estimate.bytes == 25_000)
    #expect(estimate.unknownParts == 1)
    #expect(estimate.seconds == 3)
    #expect(Estimate(of: [first], rate: nil).seconds == nil)
    #expect(Estimate(of: [], rate: 100).seconds == nil)
  }
}
