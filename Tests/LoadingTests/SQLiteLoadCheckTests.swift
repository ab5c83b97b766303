import Catalogs
import Loading
import Plans
import Testing
import Workflows

/// `loading.verify` in SQLite: rows are read again before the commit, and compared with the staged ones.
@Suite struct SQLiteLoadCheckTests {
  private func load(
    _ world: World, _ part: Int, _ rows: [[Staged]], in range: PartRange = .whole, by method: LoadMethod = .replace,
    _ verification: LoadVerification = .always
  ) throws {
    var request = try world.request(part, range, method, world.staged([rows]))
    request.verification = verification
    _ = try world.session().load(request)
  }

  private static let trigger =
    "CREATE TRIGGER tidy AFTER INSERT ON t BEGIN UPDATE t SET name = rtrim(name) WHERE rowid = new.rowid; END"

  @Test(arguments: [Addressing.wholeTable, .keyRange, .partColumn])
  func aTriggerThatChangesAValueIsNoticed(addressing: Addressing) throws {
    let world = try World()
    (world.addressing, world.metadataColumns) = (addressing, addressing == .partColumn)
    try world.prepare()
    let range = addressing == .wholeTable ? PartRange.whole : keys(10, 20)
    if addressing != .wholeTable { try load(world, 1, World.rows([1: "a ", 2: "b "]), in: keys(nil, 10)) }
    try load(world, 2, World.rows([11: "old "]), in: range)
    try world.finish(parts: [2])
    try world.nextRun()
    let before = try world.contents("SELECT id, name FROM t ORDER BY id")
    try world.raw().run(Self.trigger)
    let error = loadingError { try load(world, 2, World.rows([11: "c ", 12: "d"]), in: range) }
    #expect(error?.code == .contentMismatch && error?.place.contains("part 2") == true)
    #expect(error?.message.contains("2:") == true && error?.message.contains("trigger") == true)
    #expect(try world.contents("SELECT id, name FROM t ORDER BY id") == before)
    // Rows that the trigger leaves as they are may come, and without the comparison all may.
    try load(world, 2, World.rows([11: "c"]), in: range)
    try load(world, 2, World.rows([11: "c"]), in: range)
    try world.finish(parts: [2])
    for verification in [LoadVerification.auto, .never] {
      try world.nextRun()
      try load(world, 2, World.rows([11: "c "]), in: range, verification)
      try world.finish(parts: [2])
    }
  }

  @Test func eachPartOfARebuildIsComparedByItself() throws {
    let world = try World()
    try world.prepare()
    try world.load(1, World.rows([1: "old"]))
    try world.finish(parts: [1])
    world.addressing = .rebuild
    try world.nextRun()
    try load(world, 1, World.rows([1: "a", 2: "b"]), in: keys(nil, 10))
    try load(world, 2, [], in: keys(10, 20))
    try load(world, 3, World.rows([30: "c"]), in: keys(20, nil))
    try world.raw().run(
      "CREATE TRIGGER tidy AFTER INSERT ON t__scmplan_rebuild WHEN new.id > 40 "
        + "BEGIN UPDATE t__scmplan_rebuild SET name = 'x' WHERE rowid = new.rowid; END")
    #expect(loadingError { try load(world, 4, World.rows([41: "y"]), in: .nullKey) }?.code == .contentMismatch)
    try world.finish(parts: [1, 2, 3])
    #expect(try world.contents("SELECT id FROM t ORDER BY id") == [[.integer(1)], [.integer(2)], [.integer(30)]])
  }

  @Test(arguments: [LoadMethod.append, .merge])
  func rowsThatNothingTellsFromOthersAreNotComparedInSilence(method: LoadMethod) throws {
    let world = try World()
    world.mergeKey = ["id"]
    try world.prepare()
    let error = loadingError { try load(world, 1, World.rows([1: "a"]), by: method) }
    #expect(error?.code == .statementFailed && error?.message.contains("target.metadataColumns") == true)
    #expect(try world.contents().isEmpty)
    try load(world, 1, World.rows([1: "a"]), by: method, .auto)

    let other = try World()
    (other.mergeKey, other.metadataColumns) = (["id"], true)
    try other.prepare()
    try load(other, 1, World.rows([1: "a", 2: "b"]), by: method)
    try other.raw().run(Self.trigger)
    #expect(loadingError { try load(other, 2, World.rows([3: "c "]), by: method) }?.code == .contentMismatch)
    try load(other, 2, World.rows([3: "c"]), by: method)
    #expect(try other.contents("SELECT id FROM t").count == 3)
  }

  /// All that SQLite stores in a form of its own reads back as what was staged.
  @Test func everyTypeIsItself() throws {
    let world = try World([
      "b": .boolean, "i": .integer, "d": .decimal(precision: 10, scale: 2), "e": .decimal(precision: 30, scale: 4),
      "f": .float, "s": .text(length: nil), "x": .binary(length: nil), "y": .date, "h": .time(scale: 3),
      "w": .timestamp(scale: 6), "z": .instant(scale: 0), "u": .uuid, "v": .variant,
    ])
    world.addressing = .wholeTable
    try world.prepare()
    try load(
      world, 1,
      [
        [
          .bool(true), .int(.min), .decimal(-5), .decimal(12_345_678_901_234_567_890), .real(-0.0), .text("007 "),
          .bytes([0, 255]), .days(19_782), .int(86_399_250_000), .int(1_709_208_000_500_000),
          .int(1_709_208_000_000_000), .text("12e45678-9abc-4def-8123-456789abcdef"), .text("\"007\""),
        ],
        Array(repeating: .null, count: 13),
        [
          .bool(false), .int(.max), .decimal(100), .decimal(0), .real(.nan), .text(""), .bytes([]), .days(-719_528),
          .int(0), .int(-1), .int(0), .text("x"), .text("1.0"),
        ],
      ])
    #expect(try world.contents("SELECT i FROM t").count == 3)
  }
}
