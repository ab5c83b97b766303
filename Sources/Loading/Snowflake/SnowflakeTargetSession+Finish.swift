import Catalogs
import Faults
import Plans
import Snowflake

extension SnowflakeTargetSession {
  package func finish(_ request: FinishRequest) throws {
    let place = request.target.description
    tag = Self.tag(run: request.run, part: nil, of: request.target)
    try speaking(at: place) {
      try appear(beside: request.target)
      let ledger = SnowflakeLedger(request.target)
      if request.addressing == .rebuild {
        try claim(.finish, ledger, lineage: request.lineage, run: request.run, plan: "")
      }
      let fence = try fence(ledger)
      guard let fence, fence.position.lineage == request.lineage, fence.position.run == request.run else {
        throw LoadingError.fenced(fence?.position, at: place, wanted: "run \(request.run) cannot end it")
      }
      let rebuild = SnowflakeRebuild(request.target, run: request.run)
      if !fence.isFinished {
        let rows = try checkParts(request, ledger)
        if request.addressing == .rebuild { try swap(rebuild, rows: rows, place: place) }
        try transaction {
          let end = ledger.countCommit(lineage: request.lineage, run: request.run, plan: nil, finishes: true)
          guard try ask(end).count("updated") == 1 else {
            throw LoadingError.fenced(
              nil, at: place, wanted: "another run took the table while run \(request.run) ended")
          }
          try FaultPoint.reach(.finishBeforeCommit)
        }
      }
      if request.addressing == .rebuild { _ = try ask(rebuild.unmark.sql) }
    }
    try FaultPoint.reach(.finishAfterCommit)
  }

  /// The rows of all parts, each of which must be in.
  private func checkParts(_ request: FinishRequest, _ ledger: SnowflakeLedger) throws -> Int {
    let entries = try ask(ledger.readEntries(lineage: request.lineage, run: request.run)).named
    let missing = Set(request.parts).subtracting(entries.compactMap { Self.number($0["part"]) }).sorted()
    guard missing.isEmpty else {
      let some = missing.prefix(5).map(String.init).joined(separator: ", ") + (missing.count > 5 ? ", …" : "")
      throw LoadingError(
        .partsMissing, at: request.target.description,
        "\(missing.count) of \(request.parts.count) parts are not loaded (\(some)); retry the run")
    }
    return entries.reduce(0) { $0 + (Self.number($1["rows"]) ?? 0) }
  }

  /// Lets the rebuilt table take the old one's place, unless it has, and drops the old one: from then on nobody can swap
  /// them back.
  private func swap(_ rebuild: SnowflakeRebuild, rows: Int, place: String) throws {
    let beside = SnowflakeName.rebuild(of: rebuild.target)
    var found = try tables([beside, rebuild.target])
    let isDone = found[rebuild.target]?.column(rebuild.mark) != nil
    guard isDone || found[beside]?.column(rebuild.mark) != nil else {
      throw LoadingError(
        .shapeChanged, at: place,
        "the table \(beside.table), in which run \(rebuild.run) gathered its rows, is gone; make a new plan")
    }
    let gathered = try ask(rebuild.count(rows, isSwapped: isDone).sql).number
    guard gathered == rows else {
      throw LoadingError(
        .countMismatch, at: place,
        "\(isDone ? rebuild.target.table : beside.table) holds \(gathered.map(String.init) ?? "no") rows, and the ledger "
          + "counted \(rows) into it; somebody else writes there"
          + (isDone ? ". The rows from before are in \(beside.table)" : ""))
    }
    if !isDone {
      _ = try ask(rebuild.swap.sql)
      found = try tables([beside, rebuild.target])
    }
    guard found[rebuild.target]?.column(rebuild.mark) != nil, found[beside]?.column(rebuild.mark) == nil else {
      throw LoadingError(
        .busy, at: place, "an earlier attempt swapped the tables back; it is tried again", isTransient: true)
    }
    _ = try ask(rebuild.drop.sql)
  }
}
