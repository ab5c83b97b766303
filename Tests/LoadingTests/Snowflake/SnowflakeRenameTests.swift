import Catalogs
import Loading
import Plans
import Support
import Testing

/// Statements of a plan that let a table follow its source: they run once, also when prepare runs twice.
@Suite(.blocking) struct SnowflakeRenameTests {
  @Test func aRenameThatRanIsPassedOver() async throws {
    let world = try await SnowflakeWorld()
    try world.prepare()
    try world.load(1, [[.int(1), .text("a")]])
    try world.finish(parts: [1])
    let rename = try #require(SnowflakeDialect().renameColumn("NAME", to: "Label", of: world.target))
    #expect(rename == ["ALTER TABLE \(world.database).PUBLIC.T RENAME COLUMN NAME TO \"Label\""])
    let expected = try world.session().ledger([world.target])[world.target]?.fence
    (world.run, world.plan) = (2, "P2")
    var request = try world.prepareRequest(creates: false, expected: expected)
    request.columns[1].target = "Label"
    request.statements = rename + ["ALTER TABLE \(world.database).PUBLIC.NOWHERE ADD COLUMN C VARCHAR"]
    let failed = request
    #expect(loadingError { try world.session().prepare(failed) } != nil)
    request.statements = rename
    try world.session().prepare(request)
    #expect(try world.rows("SELECT ID, \"Label\" FROM \(world.database).PUBLIC.T") == [["1", "a"]])
  }

  @Test func aColumnIsLetTakeNull() async throws {
    let world = try await SnowflakeWorld()
    world.columns[1].isNullable = false
    try world.prepare()
    let table = try #require(try world.session().tables([world.target])[world.target])
    #expect(table.columns.map(\.isNullable) == [true, false])
    let allow = try #require(SnowflakeDialect().allowNull(in: "NAME", of: world.target))
    let expected = try world.session().ledger([world.target])[world.target]?.fence
    (world.run, world.plan) = (2, "P2")
    var request = try world.prepareRequest(creates: false, expected: expected)
    request.statements = allow + allow
    try world.session().prepare(request)
    let loose = try #require(try world.session().tables([world.target])[world.target])
    #expect(loose.columns.map(\.isNullable) == [true, true])
  }
}
