import Engine
import Faults
import Foundation
import Plans
import Store
import Support
import Testing
import Workflows

/// An engine is gone right after a load was committed, the run is given up before another engine looks, and a new plan
/// follows: the state was never told that the part is in.
@Suite struct GivenUpTests {
  private struct Case {
    var writeMode: WriteMode?
    var point: FaultPoint.Name
  }

  private static let cases = [
    Case(point: .loadAfterCommit), Case(point: .loadBeforeComplete), Case(point: .finishAfterCommit),
    Case(writeMode: .append, point: .loadAfterCommit), Case(writeMode: .append, point: .finishAfterCommit),
  ]

  @Test(arguments: 0..<cases.count) func rowsAreInTheTargetOnce(number: Int) async throws {
    let given = Self.cases[number]
    let scratch = try ScratchFolder()
    defer { withExtendedLifetime(scratch) {} }
    let bed = try SQLiteBed(folder: scratch.path, isLogged: false)
    try bed.write([
      "CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER)", "INSERT INTO t VALUES (1, 1), (2, 2), (3, 2)",
    ])
    let road = try Road(
      bed, folder: scratch.path,
      workflow: Workflow(tables: [
        TableConfiguration(
          source: ObjectReference(tableName: "t"), target: TargetReference(tableName: "t", writeMode: given.writeMode),
          synchronization: Synchronization(strategy: .watermark, watermarkColumn: "at"))
      ]))
    func rows() throws -> [Int] { try (bed.targetRows(["id"]) ?? []).compactMap { $0.integer("id") }.sorted() }

    // The first load, and then a window: each is lost sight of once.
    try await road.apply(try road.plan(), endingAt: given.point)
    #expect(try rows() == [1, 2, 3])
    try bed.write(["INSERT INTO t VALUES (4, 3), (5, 4)"])
    // What is missing of a first load comes first and alone.
    try await road.refresh()
    try await road.refresh()
    #expect(try rows() == [1, 2, 3, 4, 5])
    try bed.write(["INSERT INTO t VALUES (6, 5), (7, 6)"])
    try await road.apply(try road.plan(), endingAt: given.point)
    #expect(try rows() == [1, 2, 3, 4, 5, 6, 7])
    let again = try road.plan().tables[0]
    #expect(again.parts.isEmpty && again.refusals.isEmpty, "\(again.parts) \(again.refusals)")
    try bed.write(["INSERT INTO t VALUES (8, 7)"])
    try await road.refresh()
    #expect(try rows() == [1, 2, 3, 4, 5, 6, 7, 8])
    let state = try #require(try road.store.tableStates(workflow: "schedule").first)
    #expect(state.parts.allSatisfy { $0.loadedBy != nil } && state.watermark?.bound == .integer(7))
    #expect(state.parts.map(\.rows).reduce(0, +) == 8)
    #expect(try road.plan().tables[0].action == .none)

    // A row at the last value is noticed all the same.
    try bed.write(["INSERT INTO t VALUES (9, 7)"])
    let late = try road.plan()
    guard given.writeMode == nil else { return #expect(late.tables[0].refusals.count == 1) }
    try await road.apply(late)
    #expect(try rows() == [1, 2, 3, 4, 5, 6, 7, 8, 9])
  }
}
