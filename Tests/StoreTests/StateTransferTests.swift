import Plans
import Store
import Testing

@Suite struct StateTransferTests {
  /// A state with a loaded table, and one whose windows have a hole.
  private func filled() throws -> Scenario {
    let scenario = try Scenario()
    let mark = WatermarkState(column: "at", bound: .integer(10), ties: RowDigest(rows: 1, high: 5, low: 6))
    _ = try scenario.submit {
      $0.add("t0", parts: [part(1, digest: RowDigest(rows: 7, high: 1, low: 2)), part(2)])
      $0.add("t1", parts: [part(1, .whole, window: window(after: nil, through: 10))], watermark: mark)
    }
    try scenario.work()
    _ = try scenario.store.finishDoneRuns(now: 0)
    let kept = try scenario.state("t1").parts.map(\.part)
    _ = try scenario.submit {
      $0.add(
        "t1", .append,
        parts: [
          part(2, .whole, window: window(after: 10, through: 20), method: .append),
          part(3, .whole, window: window(after: 20, through: 30), method: .append),
        ], kept: kept, watermark: WatermarkState(column: "at", bound: .integer(30), ties: nil))
    }
    try scenario.work(failing: [2])
    _ = try scenario.store.finishDoneRuns(now: 0)
    return scenario
  }

  @Test func aDocumentSurvivesItsText() throws {
    let document = try filled().store.pull()
    #expect(document.tables.map(\.table.key) == [key("t0"), key("t1")])
    #expect(document.tables.map(\.appended) == [[], [1, 2]])
    #expect(document.lastRun == 2)
    #expect(document.workflows == ["sales": 4])
    let text = try document.json()
    #expect(try StateDocument(json: text) == document)
    #expect(try StateDocument(json: text).json() == text)
  }

  @Test func anUnusedStateTakesADocumentAsItsOwn() throws {
    let document = try filled().store.pull()
    let fresh = try Scenario()
    #expect(try fresh.store.push(document, now: 0))
    let after = try fresh.store.pull()
    #expect(after.lineage == document.lineage)
    #expect(after.tables == document.tables)
    #expect(after.workflows == ["sales": 5])
    #expect(after.lastRun == 2)
    // The hole is still to be filled, and the next run has a new number.
    let kept = try fresh.state("t1").parts.filter { $0.loadedBy != nil }.map(\.part)
    let run = try fresh.submit {
      $0.add(
        "t1", .append, parts: [part(2, .whole, window: window(after: 10, through: 20), method: .append)],
        kept: kept, watermark: WatermarkState(column: "at", bound: .integer(30), ties: nil))
    }
    #expect(run.id == 3)
    try fresh.work()
    #expect(try fresh.state("t1").parts.map(\.part.id) == [1])
    #expect(try fresh.state("t1").watermark?.bound == .integer(30))
  }

  @Test func pushingWhatIsThereChangesNothing() throws {
    let scenario = try filled()
    let document = try scenario.store.pull()
    #expect(try scenario.store.push(document, now: 0) == false)
    #expect(try scenario.store.pull() == document)
  }

  @Test func anotherStateOrAnOlderOneIsRefusedUnlessForced() throws {
    let scenario = try filled()
    let older = try scenario.store.pull()
    try scenario.store.removeTable(key("t0"), now: 0)
    let error = #expect(throws: StoreError.self) { try scenario.store.push(older, now: 0) }
    #expect(error?.code == .olderSerial)
    #expect(error?.message == "the document has sales at serial 4, the state is at 5")
    #expect(try scenario.store.push(older, force: true, now: 0))
    #expect(try scenario.store.pull().tables == older.tables)
    #expect(try scenario.store.serial(of: "sales") == 6)

    var foreign = older
    foreign.lineage = "another"
    foreign.workflows = ["sales": 99]
    #expect(code { _ = try scenario.store.push(foreign, now: 0) } == .foreignLineage)
    #expect(try scenario.store.push(foreign, force: true, now: 0))
    #expect(try scenario.store.lineage() == "another")
    #expect(try scenario.store.serial(of: "sales") == 100)
  }

  @Test func nothingIsPushedUnderARun() throws {
    let scenario = try filled()
    var document = try scenario.store.pull()
    document.tables.removeLast()
    _ = try scenario.submit { $0.add("t9", parts: [part(1)]) }
    #expect(code { _ = try scenario.store.push(document, force: true, now: 0) } == .tableInUse)
  }

  @Test func documentsThatContradictThemselvesAreRefused() throws {
    let scenario = try filled()
    let good = try scenario.store.pull()
    let spoil: [(inout StateDocument) -> Void] = [
      { $0.tables.append($0.tables[0]) },
      { $0.tables[0].table.parts.append($0.tables[0].table.parts[0]) },
      { $0.tables[0].appended = [5] },
      { $0.tables[0].table.lastPart = 0 },
      { $0.workflows["sales"] = -1 },
      { $0.lastRun = Int.max },
    ]
    for change in spoil {
      var bad = good
      change(&bad)
      #expect(code { _ = try scenario.store.push(bad, force: true, now: 0) } == .invalid)
    }
    #expect(try scenario.store.pull() == good)
  }

  @Test func textsThatAreNoDocumentAreRefused() throws {
    let text = try filled().store.pull().json()
    #expect(code { _ = try StateDocument(json: "") } == .invalid)
    #expect(code { _ = try StateDocument(json: "{}") } == .invalid)
    #expect(code { _ = try StateDocument(json: String(text.dropLast(9))) } == .invalid)
    let newer = text.replacing("\"formatVersion\":1", with: "\"formatVersion\":2")
    #expect(code { _ = try StateDocument(json: newer) } == .newerVersion)
    let incomplete = text.replacing("\"lastRun\":2,", with: "")
    #expect(code { _ = try StateDocument(json: incomplete) } == .invalid)
  }
}
