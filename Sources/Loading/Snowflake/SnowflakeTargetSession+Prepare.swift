import Catalogs
import Crypto
import Faults
import Plans
import Snowflake

extension SnowflakeTargetSession {
  /// Snowflake commits each definition by itself. So the fence is taken first, the statements run under it, each of a kind
  /// that can run twice, and then the fence notes that they ran: a run that was ended in between begins them again.
  package func prepare(_ request: PrepareRequest) throws {
    let place = request.target.description
    tag = Self.tag(run: request.run, part: nil, of: request.target)
    try speaking(at: place) {
      let ledger = SnowflakeLedger(request.target)
      try appear(beside: request.target)
      for statement in ledger.create { try make(statement) }
      let fence = try fence(ledger)
      if let fence, fence.position.lineage == request.lineage, fence.position.run == request.run {
        guard fence.plan == request.plan else {
          throw LoadingError.fenced(
            fence.position, at: place,
            wanted: "which was a run of another plan: the state is older than the target, or a copy of another one's")
        }
        if fence.isPrepared { return try checkPrepared(request, fence) }
      } else {
        guard fence?.position == request.expected else {
          let expected = request.expected.map { "run \($0.run) of state \($0.lineage) after \($0.commits) commits" }
          throw LoadingError.fenced(fence?.position, at: place, wanted: "the plan saw \(expected ?? "no run")")
        }
        try checkShape(request)
        try endWork(of: fence, ledger)
        try take(request, ledger, from: fence?.position)
        // Whoever noted itself while the table changed hands is ended too; whoever does later sees that it is late.
        try endWork(of: fence, ledger)
      }
      try claim(.prepare, ledger, lineage: request.lineage, run: request.run, plan: request.plan)
      let mine = try self.fence(ledger)
      guard let mine, mine.position.lineage == request.lineage, mine.position.run == request.run else {
        throw LoadingError.fenced(mine?.position, at: place, wanted: "another run was quicker than run \(request.run)")
      }
      if mine.isPrepared { return try checkPrepared(request, mine) }
      if mine.position.commits == 0 { try requireOneFence(request, ledger) }
      try define(request)
      try FaultPoint.reach(.prepareBeforeCommit)
      try transaction {
        let noted = try ask(ledger.notePrepared(lineage: request.lineage, run: request.run, plan: request.plan))
        guard noted.count("updated") == 1 else {
          throw LoadingError.fenced(
            nil, at: place, wanted: "another run took the table while run \(request.run) prepared it")
        }
      }
    }
    try FaultPoint.reach(.prepareAfterCommit)
  }

  static func tag(run: Int, part: Int?, of table: ObjectName) -> String {
    "scmplan run \(run)" + (part.map { " part \($0)" } ?? "") + " of \(table)"
  }

  struct Fence {
    var position: LedgerFence
    var plan: String
    var isPrepared: Bool
    var isFinished: Bool
  }

  func fence(_ ledger: SnowflakeLedger) throws -> Fence? {
    guard let row = try existing({ try ask(ledger.readFence) })?.named.first, let lineage = row["lineage"],
      let run = Self.number(row["run"]), let commits = Self.number(row["commits"])
    else { return nil }
    return Fence(
      position: LedgerFence(lineage: lineage, run: run, commits: commits), plan: row["plan"] ?? "",
      isPrepared: Self.isTrue(row["prepared"]), isFinished: Self.isTrue(row["finished"]))
  }

  /// Gives the fence to the run, or tells who was quicker.
  private func take(_ request: PrepareRequest, _ ledger: SnowflakeLedger, from before: LedgerFence?) throws {
    guard let before else {
      try transaction {
        _ = try ask(ledger.take(lineage: request.lineage, run: request.run, plan: request.plan))
      }
      try requireOneFence(request, ledger)
      return try confirm(request, ledger)
    }
    let changed = try transaction {
      try ask(ledger.take(lineage: request.lineage, run: request.run, plan: request.plan, from: before)).count(
        "updated")
    }
    guard changed == 1 else { return try confirm(request, ledger) }
  }

  /// Gives this run's row back where another run's is beside it, also when the attempt that took it never came to look.
  private func requireOneFence(_ request: PrepareRequest, _ ledger: SnowflakeLedger) throws {
    guard let count = try ask(ledger.countFences).number, count > 1 else { return }
    try transaction { _ = try ask(ledger.giveBack(lineage: request.lineage, run: request.run)) }
    throw LoadingError(
      .busy, at: request.target.description, "another run took the table at the same moment; it is tried again",
      isTransient: true)
  }

  private func confirm(_ request: PrepareRequest, _ ledger: SnowflakeLedger) throws {
    let fence = try fence(ledger)
    guard fence?.position.lineage == request.lineage, fence?.position.run == request.run else {
      throw LoadingError.fenced(
        fence?.position, at: request.target.description, wanted: "another run was quicker than run \(request.run)")
    }
  }

  /// The plan's statements, the stage, and what the addressing needs.
  private func define(_ request: PrepareRequest) throws {
    let rebuild = SnowflakeRebuild(request.target, run: request.run)
    _ = try ask(rebuild.drop.sql)
    for statement in request.statements where try !isRenamed(statement, request.target) { _ = try ask(statement) }
    // Those that register files are no definitions, and commit only when they are told to.
    _ = try ask("COMMIT")
    let table = try requireColumns(request)
    try make("CREATE STAGE IF NOT EXISTS \(SnowflakeName.written(SnowflakeName.stage(of: request.target)))")
    if request.addressing == .rebuild {
      if let kind = SnowflakeDialect.unswappable(table.traits) {
        throw LoadingError(
          .statementFailed, at: request.target.description,
          "the plan builds the table anew and swaps it, which Snowflake does not do for \(kind); make a new plan")
      }
      for step in rebuild.create(isTransient: table.traits.contains("TRANSIENT")) { _ = try ask(step.sql) }
    }
    if request.addressing == .partColumn, !request.metadataColumns {
      throw LoadingError(
        .statementFailed, at: request.target.description, "a part column needs target.metadataColumns; turn it on")
    }
  }

  /// Whether the statement gives a column a name that the table has: it ran before, and fails the second time.
  private func isRenamed(_ statement: String, _ name: ObjectName) throws -> Bool {
    guard statement.hasPrefix("ALTER TABLE \(SnowflakeName.written(name)) RENAME COLUMN ") else { return false }
    let columns = try tables([name])[name]?.columns ?? []
    return columns.contains { statement.hasSuffix(" TO \(SnowflakeName.written($0.name))") }
  }

  /// The run has the table already: where it rebuilds, the table beside must still be there.
  private func checkPrepared(_ request: PrepareRequest, _ fence: Fence) throws {
    guard request.addressing == .rebuild, !fence.isFinished else { return }
    let rebuild = SnowflakeRebuild(request.target, run: request.run)
    let beside = SnowflakeName.rebuild(of: request.target)
    for name in [beside, request.target] where try tables([name])[name]?.column(rebuild.mark) != nil { return }
    throw LoadingError(
      .shapeChanged, at: request.target.description,
      "the table \(beside.table), in which run \(request.run) gathers its rows, is gone; cancel the run and make a new plan"
    )
  }

  private func checkShape(_ request: PrepareRequest) throws {
    let place = request.target.description
    switch (request.fingerprint, try tables([request.target])[request.target]) {
    case (nil, nil): return
    case (nil, _?):
      throw LoadingError(.shapeChanged, at: place, "the table exists by now, and the plan creates it; make a new plan")
    case (_?, nil):
      throw LoadingError(.shapeChanged, at: place, "the table is gone since the plan was made; make a new plan")
    case (let fingerprint?, let table?):
      guard Hashing.fingerprint(table.shape) == fingerprint else {
        throw LoadingError(
          .shapeChanged, at: place, "the table's columns or keys changed since the plan was made; make a new plan")
      }
    }
  }

  /// The table must be one, and have every column that rows will be written to.
  private func requireColumns(_ request: PrepareRequest) throws -> Table {
    let place = request.target.description
    guard let table = try tables([request.target])[request.target] else {
      throw LoadingError(.shapeChanged, at: place, "the table does not exist; make a new plan")
    }
    guard table.kind == .table else {
      throw LoadingError(
        .shapeChanged, at: place,
        "the target is a \(table.kind.rawValue) table or view, and only tables take rows; name another target table")
    }
    let metadata = request.metadataColumns ? MetadataColumns.plans(SnowflakeDialect()).map(\.target) : []
    for name in request.columns.map(\.target) + metadata {
      guard let column = table.column(name), !column.isGenerated else {
        throw LoadingError(
          .shapeChanged, at: place, "the table has no column \(name) that rows can be written to; make a new plan")
      }
    }
    return table
  }
}
