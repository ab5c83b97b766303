import Catalogs
import Plans
import Testing
import Workflows

/// The first question: what a table needs, by catalogs and state.
struct PlannerTests {
  private let loaded: [PartState] = [.loaded(1, .between(nil, 10), rows: 90), .loaded(2, .between(10, nil), rows: 80)]

  private func basis(_ change: (inout Sample) throws -> Void) throws -> Assessment.Basis {
    var sample = try Sample().loaded(loaded)
    try change(&sample)
    return try sample.assess().basis
  }

  @Test func `Nothing known and no target: create`() throws {
    #expect(try Sample().assess().basis == .fresh(.create, .notInTarget))
  }

  @Test func `An empty target that was never loaded is filled`() throws {
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.targetHasRows = false
    #expect(try sample.assess().basis == .fresh(.create, .neverLoaded))
  }

  @Test(arguments: [Synchronization.Strategy.none, .checksum, .watermark])
  func `A target with other rows is reloaded, said so, under every strategy`(strategy: Synchronization.Strategy) throws
  {
    var sample = Sample(Synchronization(strategy: strategy, watermarkColumn: strategy == .watermark ? "changed" : nil))
    sample.target = Sample.targetTable
    #expect(try sample.assess().basis == .fresh(.reload, .targetHoldsOtherRows))
  }

  @Test(arguments: [WriteMode.append, .merge])
  func `Rows join others only where it is written, and no ledger says that they are in already`(mode: WriteMode) throws
  {
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.configuration.target.writeMode = mode
    #expect(try sample.assess().basis == .fresh(.append, .neverLoaded))
    sample.fence = LedgerFence(lineage: Sample.lineage, run: 4, commits: 9)
    #expect(try sample.assess().basis == .fresh(.reload, .stateBehind))
  }

  @Test func `A table that is loaded and agrees goes on`() throws {
    #expect(try basis { _ in } == .incremental)
  }

  @Test func `A target that is gone is created again`() throws {
    #expect(try basis { $0.target = nil } == .fresh(.create, .targetGone))
    #expect(
      try basis {
        $0.target = nil
        for index in 0..<2 { $0.state?.parts[index].loadedBy = nil }
      } == .fresh(.create, .notInTarget), "a run that failed before it made the table leaves none that could be gone")
  }

  @Test func `--replace reloads`() throws {
    #expect(try basis { $0.isReplaceAsked = true } == .fresh(.reload, .requested))
    #expect(
      try basis {
        $0.isReplaceAsked = true
        $0.target = nil
      } == .fresh(.create, .requested))
    var sample = Sample()
    sample.target = Sample.targetTable
    sample.isReplaceAsked = true
    #expect(try sample.assess().basis == .fresh(.reload, .requested))
  }

  @Test func `Another state or a later run wrote the target`() throws {
    #expect(try basis { $0.fence?.lineage = "other" } == .fresh(.reload, .otherState))
    #expect(try basis { $0.fence?.run = 2 } == .fresh(.reload, .stateBehind))
    #expect(
      try basis {
        $0.fence?.run = 1
        $0.state?.run = nil
      } == .fresh(.reload, .stateBehind))
  }

  @Test func `A target that was emptied, made anew or put back lost what was loaded`() throws {
    #expect(try basis { $0.targetHasRows = false } == .fresh(.reload, .targetBehind))
    #expect(try basis { $0.fence = nil } == .fresh(.reload, .targetBehind))
    #expect(
      try basis {
        $0.state?.parts[1].loadedBy = 3
        $0.state?.run = 3
        $0.fence?.run = 2
      } == .fresh(.reload, .targetBehind))
  }

  @Test func `A target may be empty and without a ledger while nothing is loaded`() throws {
    #expect(
      try basis {
        for index in 0..<2 { $0.state?.parts[index].loadedBy = nil }
        $0.targetHasRows = false
        $0.fence = nil
      } == .incremental)
    #expect(
      try basis {
        for index in 0..<2 { $0.state?.parts[index].rows = 0 }
        $0.targetHasRows = false
      } == .incremental)
  }

  @Test func `A run that never began leaves the ledger where it was`() throws {
    #expect(
      try basis {
        $0.state?.parts[1].loadedBy = nil
        $0.state?.run = 5
      } == .incremental)
  }

  @Test(arguments: 0..<9)
  func `A changed setting reloads`(change: Int) throws {
    let basis = try basis {
      switch change {
      case 0: $0.configuration.whereClauseCriteria = "id > 0"
      case 1: $0.configuration.columnNamesToPartitionBy = ["changed"]
      case 2: $0.configuration.primaryKeyColumns = ["id"]
      case 3: $0.configuration.synchronization.strategy = .none
      case 4: $0.configuration.target.metadataColumns = true
      case 5: $0.configuration.columnTypeMappings = [TypeMapping(sourceType: "bigint", targetType: "NUMBER")]
      case 6: $0.configuration.columnNameMappings = [NameMapping(sourceName: "note", targetName: "note")]
      case 7: $0.configuration.target.writeMode = .merge
      default: $0.configuration.target.tableType = .iceberg
      }
    }
    #expect(basis == .fresh(.reload, .configurationChanged))
  }

  @Test(arguments: 0..<6)
  func `A setting that changes no row does not`(change: Int) throws {
    let basis = try basis {
      switch change {
      case 0: $0.configuration.partitionSize = .targetSizeMb(7)
      case 1: $0.configuration.synchronization.onShrink = .allow
      case 2: $0.configuration.loading.method = .snowpipe
      case 3: $0.configuration.snapshot = .none
      case 4: $0.configuration.target.writeMode = .replace
      default: $0.configuration.extraction.strategy = .unload
      }
    }
    #expect(basis == .incremental)
  }

  @Test func `No filter can be written to look like another setting`() throws {
    var first = Sample()
    var second = Sample()
    first.configuration.whereClauseCriteria = "a\nkey\tb"
    second.configuration.whereClauseCriteria = "a"
    second.configuration.columnNamesToPartitionBy = ["id"]
    let layout = MeasuredLayout.counted([(.whole, 1)])
    #expect(
      try first.change(layout).configurationFingerprint != second.change(layout).configurationFingerprint)
  }

  @Test func `A column that the target lost reloads`() throws {
    #expect(try basis { $0.target?.columns.remove(at: 1) } == .fresh(.reload, .schemaChanged))
  }

  @Test func `A rebuild that did not come to its end begins anew`() throws {
    #expect(
      try basis {
        $0.state?.addressing = .rebuild
        $0.state?.parts[1].loadedBy = nil
      } == .fresh(.reload, .notLoaded))
    #expect(try basis { $0.state?.addressing = .rebuild } == .incremental)
  }

  @Test func `A missing table or column is an error that names it`() throws {
    var sample = Sample()
    sample.obstacles = [:]
    let planner = sample.planner
    var facts = sample.facts
    facts.source = nil
    let missing = #expect(throws: PlanError.self) { try planner.assess(facts) }
    #expect(missing?.code == .tableMissing)
    #expect(missing?.description.hasPrefix("dbo.orders: ") == true)
    for change in 0..<3 {
      var other = sample
      switch change {
      case 0: other.configuration.columnNamesToPartitionBy = ["gone"]
      case 1: other.configuration.primaryKeyColumns = ["id", "gone"]
      default: other.configuration.synchronization.watermarkColumn = "gone"
      }
      let error = #expect(throws: PlanError.self) { try other.assess() }
      #expect(error?.code == .columnMissing)
      #expect(error?.message.contains("gone") == true)
      #expect(error?.message.contains("id, note, changed") == true)
    }
  }

  @Test func `Columns are found as they are written, quoted or not`() throws {
    var sample = Sample()
    sample.configuration.columnNamesToPartitionBy = ["[changed]", "\"id\"", "NOTE"]
    #expect(try sample.assess().key?.columns == ["changed", "id", "note"])
  }

  // MARK: The key

  @Test func `Without a key there is one part and a warning`() throws {
    var sample = Sample()
    sample.source.primaryKey = []
    let assessment = try sample.assess()
    #expect(assessment.key == nil)
    #expect(assessment.warnings == ["one part: no key to split by; name one with columnNamesToPartitionBy"])
    #expect(try Sample().assess().warnings.isEmpty)
  }

  @Test func `A key that the source cannot split by is passed over, and told`() throws {
    var sample = Sample()
    sample.source.uniqueKeys = [["note"]]
    sample.obstacles = [Sample.key: "the source cannot compare id"]
    let assessment = try sample.assess()
    #expect(assessment.key?.columns == ["note"])
    #expect(assessment.warnings == ["the source cannot compare id"])
  }

  @Test func `Asked columns that make no ranges are told`() throws {
    var sample = Sample()
    sample.source.columns.append(Column(name: "flag", declaredType: "bit", type: .boolean))
    sample.configuration.columnNamesToPartitionBy = ["flag"]
    let assessment = try sample.assess()
    #expect(assessment.key?.columns == ["id"])
    #expect(assessment.warnings.count == 1)
  }

  @Test func `A snapshot that connections share leaves the parts`() throws {
    var sample = Sample()
    sample.configuration.snapshot = .required
    sample.sharesSnapshots = true
    #expect(try sample.assess().key == Sample.key)
    let required = Guarantee.sharedSnapshot(.required, isRefresh: true)
    #expect(required.class == .exact && required.text.contains("nothing is loaded before all is extracted"))
    #expect(required.text.contains("after this plan"))
    #expect(Guarantee.sharedSnapshot(.preferred, isRefresh: false).text.contains("the run says so"))
  }

  @Test func `A snapshot that SQLite cannot share makes one part`() throws {
    var sample = Sample()
    sample.sourcePlatform = .sqlite
    sample.configuration.snapshot = .required
    let assessment = try sample.assess()
    #expect(assessment.key == nil)
    #expect(
      assessment.warnings == [
        "one part: snapshot is required, and parts of this SQLite table are read in transactions of their own"
      ])
    var known = try Sample().loaded(loaded)
    known.sourcePlatform = .sqlite
    known.configuration.snapshot = .required
    #expect(try known.assess().basis == .fresh(.reload, .configurationChanged))
  }

  @Test func `A new index moves no table`() throws {
    var sample = Sample()
    sample.source.primaryKey = []
    sample = try sample.loaded([.loaded(1, .whole, rows: 5)])
    sample.source.uniqueKeys = [["changed"]]
    let assessment = try sample.assess()
    #expect(assessment.basis == .incremental)
    #expect(assessment.key == nil)
    #expect(assessment.warnings == ["one part, as it was first loaded; --replace splits it by changed"])
  }

  @Test func `A dropped index leaves the parts as they are`() throws {
    var sample = Sample()
    sample.source.primaryKey = []
    sample.source.uniqueKeys = [["changed"], ["note"]]
    sample = try sample.loaded([.loaded(1, .between(nil, nil), rows: 5), .loaded(2, .nullKey, rows: 0)])
    sample.source.uniqueKeys = [["note"]]
    let assessment = try sample.assess()
    #expect(assessment.basis == .incremental)
    #expect(assessment.key?.columns == ["changed"])
    #expect(assessment.warnings.isEmpty)
  }

  @Test func `A key column that no longer takes NULL changes the schema`() throws {
    var sample = Sample()
    sample.configuration.columnNamesToPartitionBy = ["changed"]
    sample = try sample.loaded([.loaded(1, .between(nil, nil), rows: 5), .loaded(2, .nullKey, rows: 0)])
    #expect(try sample.assess().basis == .incremental)
    sample.source.columns[2].isNullable = false
    let assessment = try sample.assess()
    #expect(assessment.basis == .fresh(.reload, .schemaChanged))
    #expect(assessment.key?.isNullable == false)
    let change = try sample.change(.counted([(.between(nil, nil), 5)], firstID: 3))
    #expect(change.parts.map(\.part.id) == [3])
  }
}
