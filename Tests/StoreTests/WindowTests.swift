import Plans
import Store
import Testing

/// Windows of a watermark: first load, appends, and holes that a failed window leaves.
@Suite struct WindowTests {
  private func mark(_ value: Int64) -> WatermarkState {
    WatermarkState(column: "at", bound: .integer(value), ties: nil)
  }

  /// A table whose first load reached 10, in parts 1 and 2.
  private func loaded() throws -> Scenario {
    let scenario = try Scenario()
    _ = try scenario.submit {
      $0.add(
        parts: [1, 2].map { part($0, window: window(after: nil, through: 10)) }, watermark: mark(10))
    }
    #expect(try scenario.state().watermark == nil)
    try scenario.work()
    _ = try scenario.store.finishDoneRuns(now: 0)
    return scenario
  }

  private func append(_ scenario: Scenario, _ parts: [PartChange], through: Int64) throws {
    let kept = try scenario.state().parts.filter { $0.loadedBy != nil }.map(\.part)
    _ = try scenario.submit { $0.add("t0", .append, parts: parts, kept: kept, watermark: mark(through)) }
  }

  private func windowPart(_ id: Int, after: Int64, through: Int64, method: LoadMethod = .append) -> PartChange {
    part(id, .whole, window: window(after: after, through: through), method: method)
  }

  @Test func aFirstLoadLeavesItsPartsAndTheWatermark() throws {
    let state = try loaded().state()
    #expect(state.watermark == mark(10))
    #expect(state.parts.map(\.part.id) == [1, 2])
    #expect(state.parts.allSatisfy { $0.window == nil && $0.loadedBy == 1 })
  }

  @Test func appendedWindowsMergeIntoTheWatermark() throws {
    let scenario = try loaded()
    try append(scenario, [windowPart(3, after: 10, through: 20), windowPart(4, after: 20, through: 30)], through: 30)
    #expect(try scenario.state().watermark == mark(10))
    try scenario.work()
    let state = try scenario.state()
    #expect(state.watermark == mark(30))
    #expect(state.parts.map(\.part.id) == [1, 2])
    #expect(state.parts.map(\.rows) == [7, 21])
    #expect(state.lastPart == 4)
  }

  @Test func aHoleKeepsTheWatermarkAndTheWindowsBehindIt() throws {
    let scenario = try loaded()
    let windows = [
      windowPart(3, after: 10, through: 20), windowPart(4, after: 20, through: 30),
      windowPart(5, after: 30, through: 40),
    ]
    try append(scenario, windows, through: 40)
    try scenario.work(failing: [4], kind: .load)
    let runs = try scenario.store.finishDoneRuns(now: 0)
    #expect(runs.map(\.state) == [.completedWithErrors])
    var state = try scenario.state()
    #expect(state.watermark == mark(10))
    #expect(state.parts.map(\.part.id) == [1, 2, 3, 4, 5])
    #expect(state.parts.map(\.loadedBy) == [1, 1, 2, nil, 2])
    #expect(state.parts.last?.window == windows[2].window)

    // The next run moves the missing window and a new one.
    try append(scenario, [windows[1], windowPart(6, after: 40, through: 50)], through: 50)
    state = try scenario.state()
    #expect(state.parts.map(\.part.id) == [1, 2, 3, 4, 5, 6])
    #expect(state.parts.map(\.loadedBy) == [1, 1, 2, nil, 2, nil])
    try scenario.work()
    state = try scenario.state()
    #expect(state.watermark == mark(50))
    #expect(state.parts.map(\.part.id) == [1, 2])
    #expect(state.parts.reduce(0) { $0 + $1.rows } == 14 + 4 * 7)
  }

  @Test func retryingTheRunFillsTheHole() throws {
    let scenario = try loaded()
    try append(
      scenario, [windowPart(3, after: 10, through: 20), windowPart(4, after: 20, through: 30)], through: 30)
    try scenario.work(failing: [3])
    _ = try scenario.store.finishDoneRuns(now: 0)
    #expect(try scenario.state().watermark == mark(10))
    _ = try scenario.store.retry(run: 2, now: 0)
    try scenario.work()
    #expect(try scenario.store.finishDoneRuns(now: 0).map(\.state) == [.completed])
    #expect(try scenario.state().watermark == mark(30))
  }

  @Test func aMissingPartOfTheFirstLoadHoldsTheWatermark() throws {
    let scenario = try Scenario()
    let first = [1, 2].map { part($0, window: window(after: nil, through: 10)) }
    _ = try scenario.submit { $0.add(parts: first, watermark: mark(10)) }
    try scenario.work(failing: [2])
    _ = try scenario.store.finishDoneRuns(now: 0)
    #expect(try scenario.state().watermark == nil)
    #expect(try scenario.state().parts.map(\.loadedBy) == [1, nil])
    let kept = [first[0].part]
    _ = try scenario.submit { $0.add("t0", .refresh, parts: [first[1]], kept: kept, watermark: mark(10)) }
    try scenario.work()
    let state = try scenario.state()
    #expect(state.watermark == mark(10))
    #expect(state.parts.map(\.window) == [nil, nil])
    #expect(state.parts.map(\.loadedBy) == [1, 2])
  }

  @Test func mergedRowsCountWhatCameOnTop() throws {
    let scenario = try loaded()
    try append(scenario, [windowPart(3, after: 10, through: 20, method: .merge)], through: 20)
    while let task = try scenario.claim().first {
      guard task.kind == .load else {
        try scenario.complete(task)
        continue
      }
      let completion = TaskCompletion(task: task.id, attempt: task.attempt, result: .loaded(rows: 9, deleted: 5))
      #expect(try scenario.store.complete(completion, owner: "a", now: 0))
    }
    #expect(try scenario.state().parts.map(\.rows) == [7, 11])
  }

  @Test func theFirstWindowOfAnEmptyTableBecomesItsFirstPart() throws {
    let scenario = try Scenario()
    _ = try scenario.submit {
      $0.add(parts: [], watermark: WatermarkState(column: "at", bound: nil, ties: nil))
    }
    try scenario.work()
    _ = try scenario.store.finishDoneRuns(now: 0)
    let first = part(1, .whole, window: window(after: nil, through: 20), method: .append)
    try append(scenario, [first, windowPart(2, after: 20, through: 30)], through: 30)
    try scenario.work()
    let state = try scenario.state()
    #expect(state.watermark == mark(30))
    #expect(state.parts.map(\.part.id) == [1])
    #expect(state.parts.map(\.rows) == [14])
  }
}
