import Catalogs
import Plans
import Testing
import Workflows

/// What changed in a source since it was loaded: how a plan tells it, and whether rows move for it, under every strategy.
struct SourceDriftTests {
  private static let strategies: [Synchronization.Strategy] = [.none, .checksum, .watermark]

  /// A change of the sample's source, and what an assessment makes of it.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var kinds: [Drift.Kind]
    /// Rows that were loaded stay what they are.
    var keepsRows = false
    var change: @Sendable (inout Table) -> Void

    var testDescription: String { name }
  }

  private static let cases: [Case] = [
    Case(name: "column added", kinds: [.columnAdded]) {
      $0.columns.append(Column(name: "size", declaredType: "int", type: .integer))
    },
    Case(name: "column dropped", kinds: [.columnDropped]) { $0.columns.remove(at: 1) },
    Case(name: "column renamed", kinds: [.columnRenamed], keepsRows: true) { rename(&$0, 1, to: "remark") },
    Case(name: "key column renamed", kinds: [.columnRenamed]) {
      rename(&$0, 0, to: "ident")
      $0.primaryKey = ["ident"]
    },
    Case(name: "column renamed and retyped", kinds: [.columnRenamed, .columnRetyped]) {
      rename(&$0, 1, to: "remark")
      $0.columns[1].declaredType = "int"
      $0.columns[1].type = .integer
    },
    Case(name: "column renamed and widened", kinds: [.columnRenamed, .columnWidened], keepsRows: true) {
      rename(&$0, 1, to: "remark")
      retype(&$0, 1, "nvarchar(80)", .text(length: 80))
    },
    Case(name: "column renamed in a table that was made anew", kinds: [.columnDropped, .columnAdded]) {
      rename(&$0, 1, to: "remark")
      $0.number = "8"
    },
    Case(name: "column of a view with another name", kinds: [.columnDropped, .columnAdded]) {
      rename(&$0, 1, to: "remark")
      $0.kind = .view
    },
    Case(name: "column dropped and another of its name added", kinds: [.columnReplaced]) {
      $0.columns[2].number = 4
    },
    Case(name: "text with more room", kinds: [.columnWidened], keepsRows: true) {
      retype(&$0, 1, "nvarchar(80)", .text(length: 80))
    },
    Case(name: "text without a limit", kinds: [.columnWidened], keepsRows: true) {
      retype(&$0, 1, "nvarchar(max)", .text(length: nil))
    },
    Case(name: "text with less room", kinds: [.columnNarrowed]) { retype(&$0, 1, "nvarchar(20)", .text(length: 20)) },
    Case(name: "text of fewer characters", kinds: [.columnWidened]) {
      retype(&$0, 1, "varchar(80)", .text(length: 80))
    },
    Case(name: "text that is filled up", kinds: [.columnWidened]) { retype(&$0, 1, "nchar(80)", .text(length: 80)) },
    Case(name: "another type", kinds: [.columnRetyped]) { retype(&$0, 1, "datetime2(3)", .timestamp(scale: 3)) },
    Case(name: "a shorter integer", kinds: [.columnNarrowed]) { retype(&$0, 2, "int", .integer) },
    Case(name: "an integer as text", kinds: [.columnRetyped]) { retype(&$0, 2, "nvarchar(40)", .text(length: 40)) },
    Case(name: "NULL taken", kinds: [.nullabilityChanged], keepsRows: true) { $0.columns[3].isNullable = true },
    Case(name: "NULL taken by the key", kinds: [.nullabilityChanged]) { $0.columns[0].isNullable = true },
    Case(name: "NULL refused", kinds: [.nullabilityChanged], keepsRows: true) { $0.columns[1].isNullable = false },
    Case(name: "another collation", kinds: [.collationChanged]) { $0.columns[1].collation = "Latin1_General_CI_AS" },
    Case(name: "a formula", kinds: [.columnGenerated]) { $0.columns[1].isGenerated = true },
    Case(name: "another primary key", kinds: [.keyChanged]) { $0.primaryKey = ["id", "amount"] },
    Case(name: "no primary key", kinds: [.keyChanged]) { $0.primaryKey = [] },
    Case(name: "digits before the point", kinds: [.columnWidened], keepsRows: true) {
      retype(&$0, 3, "decimal(12,2)", .decimal(precision: 12, scale: 2))
    },
    Case(name: "digits behind the point", kinds: [.columnWidened]) {
      retype(&$0, 3, "decimal(12,4)", .decimal(precision: 12, scale: 4))
    },
    Case(name: "a default", kinds: [], keepsRows: true) { $0.columns[1].defaultValue = "'none'" },
    Case(name: "a comment", kinds: [], keepsRows: true) { $0.columns[1].comment = "text" },
    Case(name: "another order of columns", kinds: []) { $0.columns.swapAt(1, 3) },
    Case(name: "much at once", kinds: [.columnRetyped, .columnDropped, .keyChanged]) {
      $0.columns.remove(at: 3)
      retype(&$0, 1, "date", .date)
      $0.primaryKey = []
    },
  ]

  private static func rename(_ table: inout Table, _ index: Int, to name: String) {
    table.columns[index].name = name
  }

  private static func retype(_ table: inout Table, _ index: Int, _ declared: String, _ type: LogicalType) {
    table.columns[index].declaredType = declared
    table.columns[index].type = type
  }

  /// The sample with a fourth column, loaded in one part, its source changed then.
  private func sample(
    _ strategy: Synchronization.Strategy, platform: TargetPlatform = .snowflake, _ change: (inout Table) -> Void
  ) throws -> Sample {
    let synchronization = Synchronization(
      strategy: strategy, watermarkColumn: strategy == .watermark ? "changed" : nil)
    var sample = Sample(synchronization)
    sample.source.columns.append(
      Column(name: "amount", declaredType: "decimal(10,2)", type: .decimal(precision: 10, scale: 2), isNullable: false))
    sample.source.number = "7"
    for (index, number) in [1, 2, 3, 5].enumerated() { sample.source.columns[index].number = number }
    sample = try sample.loaded(
      [.loaded(1, .whole, rows: 1)],
      watermark: strategy == .watermark ? WatermarkState(column: "changed", bound: .integer(5), ties: nil) : nil)
    sample.target?.columns.append(
      Column(
        name: "AMOUNT", declaredType: "NUMBER(10,2)", type: .decimal(precision: 10, scale: 2), isNullable: false))
    sample.dialect.platform = platform
    change(&sample.source)
    return sample
  }

  @Test(arguments: strategies, cases)
  func `A change of shape is told, and reloads what it may have changed`(
    strategy: Synchronization.Strategy, changed: Case
  ) throws {
    let assessment = try sample(strategy, changed.change).assess()
    #expect(assessment.drift.map(\.kind) == changed.kinds)
    #expect(assessment.basis == (changed.keepsRows ? .incremental : .fresh(.reload, .schemaChanged)))
    #expect(assessment.drift.allSatisfy { !$0.isBlocking && !$0.resolution.isEmpty })
    for drift in assessment.drift {
      #expect(drift.resolution.contains(changed.keepsRows ? "no row moves" : "reload"), "\(drift)")
    }
  }

  @Test(arguments: strategies)
  func `An unchanged source has none`(strategy: Synchronization.Strategy) throws {
    let assessment = try sample(strategy) { _ in }.assess()
    #expect(assessment.drift.isEmpty)
    #expect(assessment.basis == .incremental)
  }

  @Test func `What changed is written out`() throws {
    func drift(_ change: (inout Table) -> Void) throws -> Drift {
      try #require(try sample(.checksum, change).assess().drift.first)
    }
    let renamed = try drift { Self.rename(&$0, 1, to: "remark") }
    #expect(renamed.column == "remark" && renamed.before == "note" && renamed.after == "remark")
    #expect(renamed.resolution == "ALTER TABLE PUBLIC.ORDERS RENAME COLUMN NOTE TO REMARK; no row moves for it")
    let typed = try drift { $0.columns[1].collation = "Latin1_General_CI_AS" }
    #expect(typed.before == "nvarchar(40)" && typed.after == "nvarchar(40) COLLATE Latin1_General_CI_AS")
    let null = try drift { $0.columns[1].isNullable = false }
    #expect(null.before == "NULL" && null.after == "NOT NULL")
    let key = try drift { $0.primaryKey = ["id", "note"] }
    #expect(key.column == nil && key.before == "id" && key.after == "id, note")
    let gone = try drift { $0.columns.remove(at: 1) }
    #expect(gone.column == "note" && gone.before == "nvarchar(40)" && gone.after == nil)
  }

  // MARK: What the plan does

  private let layout = MeasuredLayout.counted([(.whole, 1)])

  @Test func `Where no row moves the target follows, and the state takes note`() throws {
    let widened = try sample(.checksum) { Self.retype(&$0, 1, "nvarchar(80)", .text(length: 80)) }.change(layout)
    #expect(widened.action == .refresh && widened.reason == .schemaChanged)
    #expect(widened.parts.isEmpty && widened.kept.count == 1)
    #expect(widened.statements == ["ALTER TABLE PUBLIC.ORDERS ALTER COLUMN NOTE SET DATA TYPE VARCHAR(80)"])
    #expect(widened.drift.map(\.kind) == [.columnWidened, .targetTypeTooNarrow])
    #expect(widened.needsReview)
    let silent = try sample(.checksum, platform: .sqlite) { Self.retype(&$0, 1, "nvarchar(80)", .text(length: 80)) }
      .change(layout)
    #expect(silent.action == .refresh && silent.parts.isEmpty && silent.statements.isEmpty && silent.needsReview)
  }

  @Test func `A renamed column is renamed in the target`() throws {
    let change = try sample(.checksum) { Self.rename(&$0, 1, to: "remark") }.change(layout)
    #expect(change.statements == ["ALTER TABLE PUBLIC.ORDERS RENAME COLUMN NOTE TO REMARK"])
    #expect(change.columns.map(\.target) == ["ID", "REMARK", "CHANGED", "AMOUNT"])
    #expect(change.parts.isEmpty)
    #expect(change.targetFingerprint?.contains("NOTE") == true, "the table as the plan saw it")
    var taken = try sample(.checksum) { Self.rename(&$0, 1, to: "remark") }
    taken.target?.columns.append(Column(name: "REMARK", declaredType: "VARCHAR(40)", type: .text(length: 40)))
    let reload = try taken.change(layout)
    #expect(reload.action == .reload && reload.statements.isEmpty)
    #expect(reload.drift.first?.resolution.contains("keeps the old one") == true)
    var doubted = try sample(.checksum) { Self.rename(&$0, 1, to: "remark") }
    doubted.fence?.lineage = "another"
    #expect(try doubted.change(layout).statements == ["ALTER TABLE PUBLIC.ORDERS ADD COLUMN REMARK VARCHAR(40)"])
  }

  @Test func `A target column takes NULL where the source does now, or has none`() throws {
    let allow = ["ALTER TABLE PUBLIC.ORDERS ALTER COLUMN AMOUNT DROP NOT NULL"]
    let nullable = try sample(.checksum) { $0.columns[3].isNullable = true }.change(layout)
    #expect(nullable.statements == allow)
    #expect(nullable.columns[3].isNullable)
    #expect(nullable.warnings.isEmpty && nullable.refusals.isEmpty)
    let dropped = try sample(.checksum) { $0.columns.remove(at: 3) }.change(layout)
    #expect(dropped.statements == allow)
    #expect(dropped.refusals.isEmpty)

    let stuck = try sample(.checksum, platform: .sqlite) { $0.columns[3].isNullable = true }.change(layout)
    #expect(stuck.statements.isEmpty)
    #expect(stuck.drift.first?.resolution.contains("AMOUNT of the target takes no NULL") == true)
    let required = try sample(.checksum, platform: .sqlite) { $0.columns.remove(at: 3) }.change(layout)
    #expect(required.refusals.count == 1)
    #expect(required.refusals.first?.contains("drop it from the target") == true)
    var key = try sample(.checksum) { $0.columns[3].isNullable = true }
    key.target?.primaryKey = ["AMOUNT"]
    #expect(try key.change(layout).statements.isEmpty, "a key takes no NULL")
  }

  @Test func `Keys that only the target has are warned of where it enforces them`() throws {
    var sample = try sample(.none) { _ in }
    sample.target?.uniqueKeys = [["NOTE"]]
    #expect(try sample.change(layout).warnings.isEmpty)
    sample.dialect.platform = .sqlite
    #expect(try sample.change(layout).warnings.contains { $0.hasPrefix("the target keeps NOTE unique") })
    sample.source.uniqueKeys = [["note"]]
    #expect(try sample.change(layout).warnings.isEmpty)
    sample.target?.uniqueKeys = [["ID", "NOTE"]]
    sample.source.uniqueKeys = []
    #expect(try sample.change(layout).warnings.isEmpty, "more columns are unique where fewer are")
  }
}
