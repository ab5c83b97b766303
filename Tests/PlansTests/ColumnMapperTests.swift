import Catalogs
import Plans
import Testing
import Workflows

/// Columns, statements and drift of a planned table.
struct ColumnMapperTests {
  private let layout = MeasuredLayout.counted([(.whole, 10)])

  @Test func `A new table takes the dialect's names and types`() throws {
    let change = try Sample().change(layout)
    #expect(change.columns.map(\.target) == ["ID", "NOTE", "CHANGED"])
    #expect(change.columns.map(\.targetType) == ["NUMBER(19,0)", "VARCHAR(40)", "NUMBER(19,0)"])
    #expect(change.columns.map(\.sourceType) == ["bigint", "nvarchar(40)", "bigint"])
    #expect(change.columns.map(\.isNullable) == [false, true, true])
    #expect(
      change.statements == [
        "CREATE TABLE PUBLIC.ORDERS (ID NUMBER(19,0) NOT NULL, NOTE VARCHAR(40), CHANGED NUMBER(19,0), PRIMARY KEY (ID))"
      ])
    #expect(change.drift.isEmpty)
    #expect(change.targetFingerprint == nil)
  }

  @Test func `Mappings name columns and types, the exact type before the plain one`() throws {
    var sample = Sample()
    sample.source.columns += [
      Column(name: "long", declaredType: "nvarchar(max)", type: .text(length: nil)),
      Column(name: "short", declaredType: "nvarchar(8)", type: .text(length: 8)),
    ]
    sample.configuration.columnNameMappings = [
      NameMapping(sourceName: "[NOTE]", targetName: "\"Remark\""),
      NameMapping(sourceName: "short", targetName: "brief"),
    ]
    sample.configuration.columnTypeMappings = [
      TypeMapping(sourceType: "NVARCHAR", targetType: "VARCHAR(100)"),
      TypeMapping(sourceType: "nvarchar(8)", targetType: "VARCHAR(10)"),
    ]
    let columns = try sample.change(layout).columns
    #expect(columns.map(\.target) == ["ID", "Remark", "CHANGED", "LONG", "BRIEF"])
    #expect(columns.map(\.targetType).suffix(2) == ["VARCHAR(100)", "VARCHAR(10)"])
    #expect(columns[4].type == .text(length: 10))
    #expect(columns[4].note == "mapped by columnTypeMappings")
    #expect(columns[0].note == nil)
  }

  @Test func `A mapping of the longest type leaves the others alone`() throws {
    var sample = Sample()
    sample.source.columns.append(Column(name: "long", declaredType: "nvarchar(max)", type: .text(length: nil)))
    sample.configuration.columnTypeMappings = [TypeMapping(sourceType: "nvarchar(MAX)", targetType: "VARCHAR(500)")]
    let columns = try sample.change(layout).columns
    #expect(columns.map(\.targetType) == ["NUMBER(19,0)", "VARCHAR(40)", "NUMBER(19,0)", "VARCHAR(500)"])
  }

  @Test func `A target that exists gives its own names, types and NULLs`() throws {
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.targetHasRows = false
    sample.target?.columns[1].name = "Note"
    sample.target?.columns[1].declaredType = "VARCHAR(100)"
    sample.target?.columns[2].isNullable = false
    let change = try sample.change(layout)
    #expect(change.columns.map(\.target) == ["ID", "Note", "CHANGED"])
    #expect(change.columns[1].targetType == "VARCHAR(100)")
    #expect(change.columns[1].type == .text(length: 40))
    #expect(change.statements.isEmpty)
    #expect(change.drift.isEmpty)
    #expect(change.warnings == ["changed may be NULL in the source and not in the target: a NULL stops its part"])
    #expect(change.targetFingerprint == sample.target?.shape)
  }

  @Test func `A column that the target lacks is added where it can be`() throws {
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.targetHasRows = false
    sample.target?.columns.remove(at: 1)
    var change = try sample.change(layout)
    #expect(change.drift.map(\.kind) == [.targetColumnMissing])
    #expect(change.drift[0].isBlocking == false)
    #expect(change.statements == ["ALTER TABLE PUBLIC.ORDERS ADD COLUMN NOTE VARCHAR(40)"])
    #expect(change.refusals.isEmpty)
    sample.source.columns[1].isNullable = false
    change = try sample.change(layout)
    #expect(change.statements == ["ALTER TABLE PUBLIC.ORDERS ADD COLUMN NOTE VARCHAR(40)"], "rows are there without it")
    #expect(change.refusals.isEmpty)
  }

  @Test func `A type that is too narrow is widened where it can be`() throws {
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.targetHasRows = false
    sample.target?.columns[1].declaredType = "VARCHAR(20)"
    var change = try sample.change(layout)
    #expect(change.drift.map(\.kind) == [.targetTypeTooNarrow])
    #expect(change.drift[0].before == "VARCHAR(20)")
    #expect(change.drift[0].after == "VARCHAR(40)")
    #expect(change.statements == ["ALTER TABLE PUBLIC.ORDERS ALTER COLUMN NOTE SET DATA TYPE VARCHAR(40)"])
    #expect(change.columns[1].targetType == "VARCHAR(40)", "the plan says what the column will be")
    #expect(change.refusals.isEmpty)
    sample.target?.columns[1].declaredType = "NUMBER(5,0)"
    change = try sample.change(layout)
    #expect(change.drift[0].isBlocking)
    #expect(change.columns[1].targetType == "NUMBER(5,0)")
    #expect(change.refusals.count == 1)
  }

  @Test func `A target that limits no length needs no statement`() throws {
    var sample = Sample()
    sample.dialect.platform = .sqlite
    sample.target = Sample.targetTable
    sample.targetHasRows = false
    sample.target?.columns[1].declaredType = "VARCHAR(20)"
    let change = try sample.change(layout)
    #expect(change.drift.isEmpty)
    #expect(change.statements.isEmpty)
    #expect(change.refusals.isEmpty)
  }

  @Test func `A target column that must have a value and gets none blocks`() throws {
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.targetHasRows = false
    var column = Column(name: "OWNER", declaredType: "VARCHAR(9)", type: .text(length: 9), isNullable: false)
    sample.target?.columns.append(column)
    #expect(try sample.change(layout).drift.map(\.kind) == [.targetColumnRequired])
    #expect(try sample.change(layout).refusals.count == 1)
    column.defaultValue = "'me'"
    sample.target?.columns[3] = column
    #expect(try sample.change(layout).drift.isEmpty)
    column.defaultValue = nil
    column.isGenerated = true
    sample.target?.columns[3] = column
    #expect(try sample.change(layout).drift.isEmpty)
  }

  @Test func `Metadata columns are added to a table that lacks them`() throws {
    var sample = Sample()
    sample.configuration.target.metadataColumns = true
    #expect(try sample.change(layout).statements[0].contains("_SCMPLAN_PART"))
    sample.target = Sample.targetTable
    sample.targetHasRows = false
    let change = try sample.change(layout)
    #expect(change.drift.map(\.column) == ["_SCMPLAN_RUN", "_SCMPLAN_PART", "_SCMPLAN_LOADED_AT"])
    #expect(change.statements.count == 3)
    #expect(change.statements[1] == "ALTER TABLE PUBLIC.ORDERS ADD COLUMN _SCMPLAN_PART NUMBER(19,0)")
    sample.target?.columns += MetadataColumns.names.sorted().map {
      Column(name: $0, declaredType: "WHATEVER", type: .variant, isNullable: false)
    }
    #expect(try sample.change(layout).drift.isEmpty)
  }

  @Test func `Values that need more than is declared are told`() throws {
    let sample = Sample()
    var source = sample.source
    source.columns[2].type = .text(length: nil)
    let sizing = PartitionSizing(.auto, rows: 10, bytes: nil, extraction: .regular, synchronization: .checksum)
    let change = try sample.planner.change(
      sample.facts, try sample.assess(), Observation(source: source, layout: layout, sizing: sizing))
    #expect(change.columns[2].note == "declared bigint, values need text")
    #expect(change.columns[2].targetType == "VARCHAR")
    #expect(change.warnings == ["changed: declared bigint, values need text"])
  }

  @Test func `A column without a value fits the target column that it has`() throws {
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.source.columns[2] = Column(name: "changed", declaredType: "", type: .variant)
    let sizing = PartitionSizing(.auto, rows: 10, bytes: nil, extraction: .regular, synchronization: .checksum)
    func drift(empty: Set<String>) throws -> [Drift.Kind] {
      var found = Observation(source: sample.source, layout: layout, sizing: sizing, emptyColumns: empty)
      found.source = sample.planner.settled(found, sample.facts)
      return try sample.planner.change(sample.facts, try sample.assess(), found).drift.map(\.kind)
    }
    #expect(try drift(empty: []) == [.targetTypeTooNarrow])
    #expect(try drift(empty: ["note"]) == [.targetTypeTooNarrow])
    #expect(try drift(empty: ["changed"]) == [])
  }

  @Test func `Two columns for one target column are refused`() throws {
    var sample = Sample()
    sample.source.columns.append(Column(name: "Note", declaredType: "int", type: .integer))
    #expect(
      try sample.change(layout).refusals == [
        "note and Note would both be NOTE in the target; give one another name with columnNameMappings"
      ])
  }
}
