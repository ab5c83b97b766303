import Catalogs
import Faults
import Plans
import Snowflake

extension SnowflakeTargetSession {
  package func load(_ request: LoadRequest) throws -> LoadResult {
    let place = "\(request.target), part \(request.part.id)"
    tag = Self.tag(run: request.run, part: request.part.id, of: request.target)
    try FaultPoint.reach(.loadBeforeBegin)
    let result = try speaking(at: place) {
      try appear(beside: request.target)
      if let loaded = try admit(request, place) {
        var load = SnowflakeLoad(request, place: place, sha256: "", session: "")
        try? clear(after: load)
        if let external = request.staged.external {
          load.externalFolder = try? folder(of: external, place)
          for step in load.clearing { _ = try? ask(step.sql) }
        }
        return loaded
      }
      try StagedFileCheck.verify(request.staged, stage: request.stage, place: place)
      var load = SnowflakeLoad(
        request, place: place, sha256: try StagedFileCheck.digest(of: request.staged),
        session: try connection.sessionID())
      if let external = request.staged.external { load.externalFolder = try folder(of: external, place) }
      load.check = try loadCheck(load)
      try claim(load)
      if request.staged.external != nil {
        try checkExternal(load)
      } else {
        let files = request.staged.files.map {
          (path: StagedFileCheck.path(of: $0, stage: request.stage), name: SnowflakeLoad.name(of: $0))
        }
        if !files.isEmpty { try connection.upload(files, to: load.folder, tag: tag) }
      }
      for step in load.definitions { _ = try ask(step.sql) }
      return try carryOut(load)
    }
    if !result.wasLoaded { try FaultPoint.reach(.loadAfterCommit) }
    return result
  }

  /// Whether this attempt may load the part: what was loaded when it is in already, nil when it may.
  ///
  /// - Throws: ``LoadingError`` with code `fenced` when the table belongs to another run.
  private func admit(_ request: LoadRequest, _ place: String) throws -> LoadResult? {
    let ledger = SnowflakeLedger(request.target)
    let fence = try fence(ledger)
    guard let fence, fence.position.lineage == request.lineage, fence.position.run == request.run,
      fence.plan == request.plan
    else {
      throw LoadingError.fenced(
        fence?.position, at: place, wanted: "run \(request.run) of state \(request.lineage) may not load here")
    }
    return try loaded(request)
  }

  /// What the ledger says of the part, when it is in.
  private func loaded(_ request: LoadRequest) throws -> LoadResult? {
    let question = SnowflakeLedger(request.target).readEntry(
      lineage: request.lineage, run: request.run, part: request.part.id)
    return Self.entry(try ask(question))
  }

  private static func entry(_ answer: SnowflakeRows) -> LoadResult? {
    guard let row = answer.named.first, let rows = number(row["rows"]), let deleted = number(row["deleted"]) else {
      return nil
    }
    return LoadResult(rows: rows, deleted: deleted, wasLoaded: true)
  }

  /// Notes this attempt, and ends the sessions of those before it: whatever they still wanted to do, they cannot.
  ///
  /// - Throws: ``LoadingError`` with code `fenced` when a later attempt has the part.
  private func claim(_ load: SnowflakeLoad) throws {
    let request = load.request
    for step in load.intent { _ = try ask(step.sql) }
    let attempts = try attempts(at: request)
    if let latest = attempts.map(\.0).max(), latest > request.attempt {
      throw LoadingError(
        .fenced, at: load.place,
        "attempt \(request.attempt) comes late: attempt \(latest) has the part; nothing is to do")
    }
    try clear(after: load, attempts)
  }

  /// Every attempt at a part that was noted, with its session.
  private func attempts(at request: LoadRequest) throws -> [(Int, String)] {
    let question = SnowflakeLedger(request.target).readAttempts(
      lineage: request.lineage, run: request.run, part: request.part.id)
    return try ask(question).named.compactMap { row in
      Self.number(row["attempt"]).map { ($0, row["session_id"] ?? "") }
    }
  }

  /// Ends the sessions of attempts before this one, and clears what they did not live to clear themselves: one that was
  /// ended right after its commit, too.
  private func clear(after load: SnowflakeLoad, _ attempts: [(Int, String)]? = nil) throws {
    let earlier = try (attempts ?? self.attempts(at: load.request)).filter { $0.0 < load.request.attempt }
    try end(sessions: earlier.map(\.1))
    for attempt in Set(earlier.map(\.0)).sorted() {
      for step in load.clearing(ofAttempt: attempt) { _ = try? ask(step.sql) }
    }
  }

  /// The transaction; what became of it when an answer did not come is looked up in another session.
  private func carryOut(_ load: SnowflakeLoad) throws -> LoadResult {
    let old = try connection.sessionID()
    guard old == load.session else {
      throw LoadingError(
        .connectionLost, at: load.place,
        "the session that noted the attempt ended before its transaction began; it is tried again", isTransient: true)
    }
    var run = SnowflakeLoadRun(load)
    do {
      for step in try load.rows() {
        if step.purpose != .makeRoom || run.needsRoom, let answer = try answer(to: step, of: load) {
          try run.take(answer, of: step)
        }
        if step.purpose == .makeRoom { try FaultPoint.reach(.loadAfterDelete) }
      }
      try FaultPoint.reach(.loadAfterInsert)
      for step in load.end(rows: run.rows, deleted: run.deleted) {
        if step.purpose == .commit { try FaultPoint.reach(.loadBeforeCommit) }
        try run.take(try ask(step.sql), of: step)
        if let other = run.other {
          rollBack()
          return other
        }
      }
    } catch let error as SnowflakeError where Self.isUncertain(error) {
      return try lookUp(load, after: error, old: old)
    } catch {
      rollBack()
      // Rows too many are those of another attempt, when that has brought the part in meanwhile.
      if let code = (error as? LoadingError)?.code, [.countMismatch, .contentMismatch].contains(code),
        let other = try loaded(load.request)
      {
        return other
      }
      throw error
    }
    // A commit whose transaction somebody had ended reports success and commits nothing.
    guard let result = try loaded(load.request) else {
      throw LoadingError(
        .connectionLost, at: load.place, "the commit was answered and the ledger lacks the part; it is tried again",
        isTransient: true)
    }
    for step in load.clearing { _ = try? ask(step.sql) }
    return LoadResult(rows: result.rows, deleted: result.deleted, wasLoaded: false)
  }

  /// Whether the transaction may live on without this session's knowledge.
  private static func isUncertain(_ error: SnowflakeError) -> Bool {
    error.outcome == .unknown || error.kind != .statement
  }

  /// Ends the session that asked, so that nothing of it can still commit, and asks the ledger.
  private func lookUp(_ load: SnowflakeLoad, after error: SnowflakeError, old: String) throws -> LoadResult {
    connection.leave()
    try end(sessions: [old])
    if let result = try loaded(load.request) {
      for step in load.clearing { _ = try? ask(step.sql) }
      return result
    }
    throw error
  }
}
