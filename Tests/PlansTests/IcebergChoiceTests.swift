import Catalogs
import Plans
import Testing
import Workflows

struct IcebergChoiceTests {
  @Test func `Managed by Snowflake and no stage is a normal load`() {
    let choice = IcebergChoice(IcebergConfiguration(externalVolume: "vol", catalogSync: "polaris"))
    #expect(choice.strategy == nil)
    #expect(choice.reason.contains("normal load"))
    #expect(choice.requirements.contains { $0.contains("vol") })
    #expect(choice.requirements.contains { $0.contains("polaris") })
  }

  @Test func `Managed by Snowflake with files in a stage copies them`() {
    let choice = IcebergChoice(IcebergConfiguration(catalog: "snowflake", sourceDataStage: "@s/orders"))
    #expect(choice.strategy == .copyFiles)
    #expect(choice.reason.contains("@s/orders"))
    #expect(choice.requirements.contains { $0.contains("not partitioned") })
  }

  @Test func `An external catalog is linked`() {
    let choice = IcebergChoice(IcebergConfiguration(catalog: "glue", catalogTableName: "db.orders"))
    #expect(choice.strategy == .catalogLink)
    #expect(choice.reason == "the catalog is external (glue)")
    #expect(choice.requirements.contains("the catalog has the table db.orders"))
    #expect(choice.requirements.contains("no table of this name exists in the target"))
  }

  @Test func `Conversion is only made when it is asked for`() {
    let choice = IcebergChoice(IcebergConfiguration(catalog: "glue", migrationStrategy: .convertToManaged))
    #expect(choice.strategy == .convertToManaged)
    #expect(choice.reason == "migrationStrategy says so")
    #expect(choice.requirements.contains { $0.contains("cannot be undone") })
  }

  @Test func `A plan carries the choice, and needs Snowflake for it`() throws {
    var sample = Sample()
    sample.configuration.target.tableType = .iceberg
    sample.configuration.target.icebergConfig = IcebergConfiguration(catalog: "glue")
    #expect(try sample.change(.counted([(.whole, 1)])).iceberg?.strategy == .catalogLink)
    #expect(try sample.change(.counted([(.whole, 1)])).refusals.isEmpty)
    sample.dialect.platform = .sqlite
    #expect(try sample.change(.counted([(.whole, 1)])).refusals == ["an Iceberg table needs a Snowflake target"])
  }
}
