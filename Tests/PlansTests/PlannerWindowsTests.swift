import Catalogs
import Foundation
import Plans
import Testing
import Workflows

/// The second question, for `watermark`.
struct PlannerWindowsTests {
  private let parts: [PartState] = [.loaded(1, .between(nil, 10), rows: 90), .loaded(2, .between(10, nil), rows: 80)]
  private let ties = RowDigest.sample(2, 77)
  private let moreTies = RowDigest.sample(3, 78)

  private func facts(
    bound: Int64?, new: Int = 0, ties: RowDigest? = nil, boundTies: RowDigest? = nil, nulls: Int = 0,
    guarantee: Guarantee.Class = .bestEffort
  ) -> WatermarkFacts {
    WatermarkFacts(
      bound: bound.map { .integer($0) }, nullRows: nulls, ties: ties, boundTies: boundTies, newRows: new,
      guarantee: Guarantee(guarantee, "the source's word"))
  }

  private func sample(
    tracks: Bool = false, lag: WatermarkLag? = nil, mode: WriteMode? = nil, _ change: (inout Sample) -> Void = { _ in }
  ) -> Sample {
    var sample = Sample(
      Synchronization(
        strategy: .watermark, watermarkColumn: "Changed", trackModifications: tracks, watermarkLag: lag))
    sample.configuration.target.writeMode = mode
    sample.configuration.primaryKeyColumns = tracks || lag != nil ? ["id"] : []
    change(&sample)
    return sample
  }

  private func state(_ bound: Int64?, _ ties: RowDigest? = nil) -> WatermarkState {
    WatermarkState(column: "changed", bound: bound.map { .integer($0) }, ties: ties)
  }

  private let none = MeasuredLayout(parts: [], totalRows: 0, isUnknown: true)

  // MARK: The first load

  @Test func `A first load takes every row up to the bound, in parts, those without a value too`() throws {
    let change = try sample().change(
      .counted([(.between(nil, 10), 5), (.between(10, nil), 6)]), watermark: facts(bound: 50, boundTies: ties, nulls: 3)
    )
    #expect(change.action == .create)
    let window = Window(column: "changed", after: nil, through: .integer(50), includesNull: true)
    #expect(change.parts.map(\.window) == [window, window])
    #expect(change.parts.map(\.method) == [.replace, .replace])
    #expect(change.watermark == state(50, ties))
    #expect(change.warnings == ["3 rows have no changed: they move now, later ones do not"])
    #expect(change.guarantees.map(\.class) == [.bestEffort])
  }

  @Test func `A table without any value is loaded, and anew with its first value`() throws {
    let first = try sample().change(.counted([(.whole, 4)]), watermark: facts(bound: nil, nulls: 4))
    #expect(first.parts.map(\.window) == [nil])
    #expect(first.watermark == state(nil))
    #expect(first.warnings == ["4 rows have no changed: they move now, later ones with the first row that has one"])

    let loaded = try sample().loaded([.loaded(1, .whole, rows: 4)], watermark: state(nil))
    let still = try loaded.change(.counted([(.whole, 5)], firstID: 2), watermark: facts(bound: nil, nulls: 5))
    #expect(still.action == .none)
    #expect(still.parts.isEmpty)
    #expect(still.kept.map(\.id) == [1])
    #expect(still.warnings == ["5 rows have no changed: later ones move with the first row that has one"])

    let next = try loaded.change(
      .counted([(.whole, 9)], firstID: 2), watermark: facts(bound: 7, new: 4, boundTies: ties, nulls: 5))
    #expect(next.action == .reload)
    #expect(next.reason == .newRows)
    #expect(
      next.parts.map(\.window) == [Window(column: "changed", after: nil, through: .integer(7), includesNull: true)])
    #expect(next.parts.map(\.method) == [.replace], "rows without a value are there already")
    #expect(next.watermark == state(7, ties))
  }

  @Test func `Where nothing may be replaced, rows without a value wait for the first one`() throws {
    let first = try sample(mode: .append).change(.counted([(.whole, 4)]), watermark: facts(bound: nil, nulls: 4))
    #expect(first.parts.isEmpty)
    #expect(first.action == .create)
    #expect(first.warnings == ["4 rows have no changed: they move with the first row that has one"])
    let loaded = try sample(mode: .append).loaded([], watermark: state(nil))
    let next = try loaded.change(.counted([(.whole, 9)], firstID: 2), watermark: facts(bound: 7, new: 5, nulls: 4))
    #expect(next.action == .append)
    #expect(next.parts.map(\.method) == [.append])
    #expect(next.parts.map(\.window?.includesNull) == [true])
    #expect(next.refusals.isEmpty)
  }

  @Test func `A load without a value that failed begins anew`() throws {
    let loaded = try sample().loaded([.loaded(1, .whole, rows: 0, by: nil)])
    #expect(try loaded.assess().basis == .fresh(.reload, .notLoaded))
  }

  @Test func `Lost watermarks are told`() throws {
    #expect(try sample().loaded(parts).assess().basis == .fresh(.reload, .watermarkMissing))
  }

  // MARK: New rows

  @Test func `An unchanged source has nothing to do`() throws {
    let loaded = try sample().loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(none, watermark: facts(bound: 50, ties: ties, boundTies: ties))
    #expect(change.action == .none)
    #expect(change.parts.isEmpty)
    #expect(change.kept.map(\.id) == [1, 2])
    #expect(change.watermark == state(50, ties))
  }

  @Test func `Rows after the last watermark are appended`() throws {
    let loaded = try sample().loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(none, watermark: facts(bound: 60, new: 7, ties: ties, boundTies: moreTies, nulls: 1))
    #expect(change.action == .append)
    #expect(change.reason == .newRows)
    #expect(change.parts.count == 1)
    #expect(change.parts[0].part == Part(id: 3, range: .whole))
    #expect(change.parts[0].window == Window(column: "changed", after: .integer(50), through: .integer(60)))
    #expect(change.parts[0].method == .append)
    #expect(change.parts[0].rows == 7)
    #expect(change.watermark == state(60, moreTies))
    #expect(change.addressing == .keyRange)
    #expect(change.warnings == ["1 rows have no changed: those that came since the first load do not move"])
  }

  @Test func `Large windows are cut, and the numbers go on`() throws {
    let loaded = try sample().loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(
      none, watermark: facts(bound: 60, new: 7, ties: moreTies, boundTies: ties),
      cuts: [.integer(50), .integer(53), .integer(57), .integer(60)])
    #expect(change.parts.map(\.part.id) == [3, 4, 5])
    #expect(change.parts.map(\.window?.after) == [.integer(50), .integer(53), .integer(57)])
    #expect(change.parts.map(\.window?.through) == [.integer(53), .integer(57), .integer(60)])
    #expect(change.parts.map(\.window?.includesAfter) == [true, false, false])
    #expect(change.parts.map(\.rows) == [nil, nil, nil])
  }

  @Test func `Rows that came at the bound move with the rows that were there`() throws {
    let loaded = try sample().loaded(parts, watermark: state(50, ties))
    let alone = try loaded.change(none, watermark: facts(bound: 50, ties: moreTies, boundTies: moreTies))
    #expect(alone.reason == .tiesAdded)
    #expect(
      alone.parts.map(\.window) == [
        Window(column: "changed", after: .integer(50), includesAfter: true, through: .integer(50))
      ])
    #expect(alone.parts[0].rows == 3)
    #expect(alone.watermark == state(50, moreTies))
    let both = try loaded.change(none, watermark: facts(bound: 60, new: 4, ties: moreTies, boundTies: ties))
    #expect(both.reason == .newRows)
    #expect(both.parts.map(\.window?.includesAfter) == [true])
    #expect(both.parts[0].rows == 7)
  }

  @Test func `A source that lost its newest rows takes nothing from the target, and the watermark stays`() throws {
    let loaded = try sample().loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(none, watermark: facts(bound: 40, ties: RowDigest(), boundTies: moreTies))
    #expect(change.parts.isEmpty)
    #expect(change.watermark == state(50, ties))
  }

  @Test func `A key that came back brings its row anew under trackModifications`() throws {
    let loaded = try sample(tracks: true).loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(none, watermark: facts(bound: 60, new: 7, ties: ties))
    #expect(change.parts.map(\.method) == [.merge])
    #expect(change.mergeKey == ["ID"])
    #expect(change.refusals.isEmpty)
  }

  // MARK: The lag

  @Test func `A lag reads rows again and merges them`() throws {
    let loaded = try sample(lag: .amount(20)).loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(none, watermark: facts(bound: 60, new: 7, ties: ties))
    #expect(
      change.parts.map(\.window) == [
        Window(column: "changed", after: .integer(30), includesAfter: true, through: .integer(60))
      ])
    #expect(change.parts.map(\.method) == [.merge])
    #expect(change.parts[0].rows == nil)
    #expect(change.guarantees.map(\.class) == [.lagBounded])
    #expect(change.guarantees[0].text == "rows committed up to 20 late are read again and merged by key")
  }

  @Test func `Rows that came late are noticed when nothing else is new`() throws {
    let loaded = try sample(lag: .amount(20)).loaded(parts, watermark: state(50, ties))
    #expect(try loaded.change(none, watermark: facts(bound: 50, ties: ties)).parts.isEmpty)
    let change = try loaded.change(none, watermark: facts(bound: 50, ties: moreTies))
    #expect(
      change.parts.map(\.window) == [
        Window(column: "changed", after: .integer(30), includesAfter: true, through: .integer(50))
      ])
    let window = loaded.planner.overlap(loaded.facts, column: "changed", endingAt: .integer(50))
    #expect(window == Window(column: "changed", after: .integer(30), includesAfter: true, through: .integer(50)))
    let plain = try sample().loaded(parts, watermark: state(50, ties))
    #expect(plain.planner.overlap(plain.facts, column: "changed", endingAt: .integer(50))?.after == .integer(50))
  }

  @Test func `A lag that does not fit the column is refused, one of nothing is not`() throws {
    let loaded = try sample(lag: .duration(.seconds(60))).loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(none, watermark: facts(bound: 60, new: 7, ties: ties))
    #expect(change.refusals.count == 1)
    #expect(change.parts.isEmpty)
    #expect(loaded.planner.overlap(loaded.facts, column: "changed", endingAt: .integer(50)) == nil)
    let zero = try sample(lag: .amount(0)).loaded(parts, watermark: state(50, ties))
    #expect(try zero.change(none, watermark: facts(bound: 60, new: 7, ties: ties)).refusals.isEmpty)
  }

  @Test func `A guarantee of the source's own needs no lag`() throws {
    let loaded = try sample(lag: .duration(.seconds(90))).loaded(parts, watermark: state(50, ties))
    let change = try loaded.change(none, watermark: facts(bound: 50, ties: ties, guarantee: .exact))
    #expect(change.guarantees == [Guarantee(.exact, "the source's word")])
    let late = try loaded.change(none, watermark: facts(bound: 50, ties: ties))
    #expect(late.guarantees[0].text.contains("PT1M30S"))
  }

  // MARK: After a run with failures

  private func window(_ id: Int, _ after: Int64, _ through: Int64, by run: Int?) -> PartState {
    .loaded(
      id, .whole, rows: 1, by: run,
      window: Window(column: "changed", after: .integer(after), through: .integer(through)))
  }

  private func broken(_ windows: [PartState], _ change: (inout Sample) -> Void = { _ in }) throws -> Sample {
    var broken = try sample(change).loaded(parts + windows, watermark: state(50, ties))
    broken.state?.run = 2
    broken.fence?.run = 2
    return broken
  }

  @Test func `A missing window comes again, and new rows begin behind the last one that is in`() throws {
    // The state lists windows in any order: the one with the highest number is the last.
    let broken = try broken([window(5, 57, 60, by: 2), window(3, 50, 53, by: 2), window(4, 53, 57, by: nil)])
    #expect(broken.state?.reached == state(60))
    let change = try broken.change(none, watermark: facts(bound: 70, new: 9, ties: ties, boundTies: moreTies))
    #expect(change.parts.map(\.part.id) == [4, 6])
    #expect(change.parts.map(\.reason) == [.notLoaded, .newRows])
    #expect(change.parts.map(\.window?.after) == [.integer(53), .integer(60)])
    #expect(change.parts.map(\.window?.through) == [.integer(57), .integer(70)])
    #expect(change.parts.map(\.window?.includesAfter) == [false, true], "ties at 60 are not known, so they come again")
    #expect(change.kept.map(\.id) == [1, 2, 5, 3])
    #expect(change.watermark == state(70, moreTies))
    #expect(change.action == .append)
  }

  @Test func `Without new rows the watermark is where the windows end`() throws {
    let broken = try broken([window(3, 50, 53, by: nil), window(4, 53, 60, by: 2)])
    let change = try broken.change(none, watermark: facts(bound: 60, ties: RowDigest()))
    #expect(change.parts.map(\.part.id) == [3])
    #expect(change.watermark == state(60))
  }

  @Test func `Rows at the end of a window that is read again come with it`() throws {
    let broken = try broken([window(3, 50, 60, by: nil)])
    let change = try broken.change(none, watermark: facts(bound: 60, ties: moreTies, boundTies: moreTies))
    #expect(change.parts.map(\.part.id) == [3])
    #expect(change.watermark == state(60, moreTies), "the digest is older than the reading, so it may stand for it")
    let more = try broken.change(none, watermark: facts(bound: 70, new: 1, ties: moreTies, boundTies: ties))
    #expect(more.parts.map(\.part.id) == [3, 4])
    #expect(more.parts.map(\.window?.includesAfter) == [false, false])
  }

  @Test func `Windows that are all in, in a run that never ended, are gone on from`() throws {
    let broken = try broken([window(3, 50, 60, by: 2)])
    let change = try broken.change(none, watermark: facts(bound: 70, new: 1, ties: moreTies))
    #expect(change.parts.map(\.window?.after) == [.integer(60)])
    #expect(change.kept.map(\.id) == [1, 2, 3])
  }

  @Test func `A target that was put back before the last windows is reloaded`() throws {
    var loaded = try sample().loaded(parts, watermark: state(50, ties))
    loaded.state?.run = 9
    #expect(try loaded.assess().basis == .fresh(.reload, .targetBehind))
    loaded.fence?.run = 9
    #expect(try loaded.assess().basis == .incremental)
  }

  private func firstLoad(_ runs: [Int?], watermark: WatermarkState? = nil) throws -> Sample {
    let window = Window(column: "changed", after: nil, through: .integer(80), includesNull: true)
    return try sample().loaded(
      [
        .loaded(1, .between(nil, 10), rows: 9, by: runs[0], window: window),
        .loaded(2, .between(10, nil), rows: 0, by: runs[1], window: window),
      ], watermark: watermark)
  }

  @Test func `Missing parts of the first load come alone`() throws {
    let change = try firstLoad([1, nil]).change(none, watermark: facts(bound: 99, new: 5, ties: moreTies))
    #expect(change.action == .refresh)
    #expect(change.parts.map(\.part.id) == [2])
    #expect(change.parts.map(\.reason) == [.notLoaded])
    #expect(change.parts.map(\.method) == [.replace])
    #expect(change.parts.map(\.window?.through) == [.integer(80)])
    #expect(change.addressing == .keyRange)
    #expect(change.kept.map(\.id) == [1])
    #expect(change.watermark == state(80), "part 1 may lack rows at 80 that are there now")
    #expect(change.warnings == ["5 later rows wait for the next refresh: the first load comes first"])
  }

  @Test func `A first load of which nothing is in reads its ties with it`() throws {
    let change = try firstLoad([nil, nil]).change(none, watermark: facts(bound: 80, ties: moreTies))
    #expect(change.parts.count == 2)
    #expect(change.watermark == state(80, moreTies))
  }

  @Test func `The watermark of before a reload does not outlive it`() throws {
    let change = try firstLoad([1, nil], watermark: state(50, ties)).change(none, watermark: facts(bound: 80))
    #expect(change.watermark == state(80))
  }

  // MARK: Append only

  @Test func `append refuses to replace rows at the bound, and to merge`() throws {
    var loaded = try sample(mode: .append).loaded(parts, watermark: state(50, ties))
    #expect(try loaded.change(none, watermark: facts(bound: 60, new: 1, ties: ties)).refusals.isEmpty)
    let tied = try loaded.change(none, watermark: facts(bound: 60, new: 1, ties: moreTies))
    #expect(tied.refusals.count == 1)
    #expect(tied.refusals[0].contains("rows were added at the last watermark"))
    loaded = try sample(tracks: true, mode: .append).loaded(parts, watermark: state(50, ties))
    let merging = try loaded.change(none, watermark: facts(bound: 60, new: 1, ties: ties))
    #expect(merging.refusals.count == 1)
    #expect(merging.refusals[0].contains("set target.writeMode to merge"))
  }

  @Test func `A reload of a watermark table that shrank is refused`() throws {
    var loaded = try sample().loaded(parts, watermark: state(50, ties))
    loaded.isReplaceAsked = true
    let layout = MeasuredLayout.counted([(.whole, 10)], firstID: 3)
    #expect(try loaded.change(layout, watermark: facts(bound: 50)).refusals.count == 1)
    loaded.isReplaceAsked = false
    #expect(try loaded.change(none, watermark: facts(bound: 50, ties: ties)).refusals.isEmpty)
  }
}
