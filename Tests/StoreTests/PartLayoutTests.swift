import Plans
import Store
import Testing

@Suite struct PartLayoutTests {
  private let low = PartRange.keys(from: nil, to: Bound([.integer(10)]))
  private let middle = PartRange.keys(from: Bound([.integer(10)]), to: Bound([.integer(20)]))
  private let high = PartRange.keys(from: Bound([.integer(20)]), to: nil)

  private func loaded() throws -> Scenario {
    let scenario = try Scenario()
    let run = try scenario.submit {
      $0.add(parts: [part(1, low), part(2, middle), part(3, high), part(4, .nullKey)])
    }
    try scenario.work()
    _ = try scenario.finish(run)
    return scenario
  }

  @Test func aRefreshTakesOnWhatMovesAndKeepsTheRest() throws {
    let scenario = try loaded()
    let kept = try scenario.state().parts.map(\.part).filter { $0.id != 2 }
    let digest = RowDigest(rows: 8, high: 1, low: 1)
    let run = try scenario.submit { $0.add("t0", .refresh, parts: [part(2, middle, digest: digest)], kept: kept) }
    var parts = try scenario.state().parts
    #expect(parts.map(\.part.id) == [1, 2, 3, 4])
    #expect(parts.map(\.loadedBy) == [1, nil, 1, 1])
    #expect(parts[1].digest == nil)
    try scenario.work()
    parts = try scenario.state().parts
    #expect(parts.map(\.loadedBy) == [1, run.id, 1, 1])
    #expect(parts[1].digest == digest)
    #expect(parts[1].rows == 7)
  }

  @Test func aPartThatSplitsMakesRoomInKeyOrder() throws {
    let scenario = try loaded()
    let cut = Bound([.integer(15)])
    let kept = try scenario.state().parts.map(\.part).filter { $0.id != 2 }
    _ = try scenario.submit {
      $0.add(
        "t0", .refresh,
        parts: [
          part(5, .keys(from: Bound([.integer(10)]), to: cut), replaces: [2]),
          part(6, .keys(from: cut, to: Bound([.integer(20)])), replaces: [2]),
        ], kept: kept)
    }
    let state = try scenario.state()
    #expect(state.parts.map(\.part.id) == [1, 5, 6, 3, 4])
    #expect(state.lastPart == 6)
  }

  @Test func neighboursThatMergeLeaveOnePart() throws {
    let scenario = try loaded()
    let kept = try scenario.state().parts.map(\.part).filter { [1, 4].contains($0.id) }
    _ = try scenario.submit {
      $0.add(
        "t0", .refresh, parts: [part(5, .keys(from: Bound([.integer(10)]), to: nil), replaces: [2, 3])], kept: kept)
    }
    #expect(try scenario.state().parts.map(\.part.id) == [1, 5, 4])
  }

  @Test func aReloadForgetsTheOldLayoutAndWatermark() throws {
    let scenario = try Scenario()
    let mark = WatermarkState(column: "at", bound: .integer(5), ties: nil)
    _ = try scenario.submit {
      $0.add(parts: [part(1, .whole, window: window(after: nil, through: 5))], watermark: mark)
    }
    try scenario.work()
    _ = try scenario.store.finishDoneRuns(now: 0)
    #expect(try scenario.state().watermark == mark)
    _ = try scenario.submit { $0.add("t0", .reload, parts: [part(2, .whole)]) }
    let state = try scenario.state()
    #expect(state.parts.map(\.part.id) == [2])
    #expect(state.watermark == nil)
    #expect(state.lastPart == 2)
  }

  @Test func partsStandInTheOrderOfTheirBounds() throws {
    let scenario = try Scenario()
    _ = try scenario.submit {
      $0.add(parts: [part(7, .nullKey), part(3, high), part(9, low), part(5, middle)])
    }
    #expect(try scenario.state().parts.map(\.part.id) == [9, 5, 3, 7])
  }
}
