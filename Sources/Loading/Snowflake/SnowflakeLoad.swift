import Catalogs
package import Plans

/// The statements of one part's load, in order: a pure function of the request, so that a plan shows what a run does.
///
/// Everything between ``begin`` and `COMMIT` is one transaction of one session; definitions, which Snowflake commits by
/// themselves, come before it.
package struct SnowflakeLoad: Sendable {
  package var request: LoadRequest
  package var place: String
  /// SHA-256 over the staged files, for the ledger.
  package var sha256: String
  package var session: String
  /// Of files that the source wrote by itself: their folder below the stage's URL, a slash at its end.
  package var externalFolder: String?
  /// What the loaded rows must come to before they are committed; nil where they are only counted.
  package var check: SnowflakeLoadCheck?

  /// COPY takes no more names than this in `FILES`.
  package static let mostFiles = 1_000

  package init(_ request: LoadRequest, place: String, sha256: String, session: String) {
    self.request = request
    self.place = place
    self.sha256 = sha256
    self.session = session
  }

  private var ledger: SnowflakeLedger { SnowflakeLedger(request.target) }

  /// Where the rows end up: the target, or its rebuild.
  var table: ObjectName {
    request.addressing == .rebuild ? SnowflakeName.rebuild(of: request.target) : request.target
  }

  /// A merge and a removal go by the keys of a table beside.
  private var goesByKeys: Bool { request.method == .merge || request.method == .remove }

  /// The columns that the staged files have.
  private var staged: [ColumnPlan] {
    request.method == .remove ? request.columns.filter { request.mergeKey.contains($0.target) } : request.columns
  }

  /// Staged rows get the metadata columns: keys do not.
  private var hasMetadata: Bool { request.metadataColumns && request.method != .remove }

  /// Where COPY puts them: a merge takes them from a table beside.
  var landing: ObjectName {
    goesByKeys
      ? SnowflakeName.merge(of: request.target, run: request.run, part: request.part.id, attempt: request.attempt)
      : table
  }

  /// The folder of the stage that holds this attempt's files and nothing else, a slash at its end.
  package var folder: String {
    if let external = request.staged.external {
      return "@\(external.stage)/\(externalFolder ?? "")"
    }
    let directory = request.staged.files.first?.path.split(separator: "/").dropLast().joined(separator: "/") ?? ""
    return "@\(SnowflakeName.written(SnowflakeName.stage(of: request.target)))/\(request.lineage)/"
      + (directory.isEmpty ? "" : directory + "/") + "load-\(request.run)-\(request.part.id)-\(request.attempt)/"
  }

  /// What must be there before the transaction, since a definition inside would end it.
  package var definitions: [SnowflakeStep] {
    guard goesByKeys else { return [] }
    // Not `LIKE` the target: what an Iceberg or a hybrid table is, this one must not be.
    let metadata = hasMetadata ? MetadataColumns.plans(SnowflakeDialect()) : []
    let columns = (staged + metadata).map { "\(SnowflakeName.written($0.target)) \($0.targetType)" }
    return [
      SnowflakeStep(
        .define,
        "CREATE OR REPLACE TRANSIENT TABLE \(SnowflakeName.written(landing)) (\(columns.joined(separator: ", ")))")
    ]
  }

  /// The transaction up to the rows being in the table.
  package func rows() throws -> [SnowflakeStep] {
    var steps = [SnowflakeStep(.begin, "BEGIN"), identify]
    if let condition = try room() {
      steps.append(
        SnowflakeStep(
          .look,
          "SELECT COUNT(*) AS N FROM (SELECT 1 AS K FROM \(SnowflakeName.written(table))\(condition) LIMIT 1) AS r"))
      steps.append(SnowflakeStep(.makeRoom, "DELETE FROM \(SnowflakeName.written(table))" + condition))
    }
    steps += try copies()
    if request.method == .merge { steps += try merge() }
    if request.method == .remove { steps += try removal() }
    if request.method == .replace, request.addressing != .rebuild {
      let condition = try range().map { " WHERE \($0)" } ?? ""
      steps.append(
        SnowflakeStep(
          .count(request.staged.sourceRows),
          "SELECT COUNT(*) AS N FROM \(SnowflakeName.written(table))" + condition))
    }
    if let check, let step = try check.step(of: self) { steps.append(step) }
    return steps
  }

  /// The transaction's end, with what the load counted.
  package func end(rows: Int, deleted: Int) -> [SnowflakeStep] {
    [
      SnowflakeStep(
        .fence, ledger.countCommit(lineage: request.lineage, run: request.run, plan: request.plan)),
      SnowflakeStep(
        .lookUp, ledger.readEntry(lineage: request.lineage, run: request.run, part: request.part.id)),
      SnowflakeStep(
        .record,
        ledger.put(request, state: .loaded, rows: rows, deleted: deleted, sha256: sha256, session: session)),
      identify, SnowflakeStep(.commit, "COMMIT"),
    ]
  }

  /// What is cleared once the part is in.
  package var clearing: [SnowflakeStep] {
    var steps: [SnowflakeStep] = []
    // Of a stage of the user's, only a folder that is known to be this attempt's is ever cleared.
    let isOurs = request.staged.external == nil || externalFolder?.isEmpty == false
    if !request.staged.files.isEmpty, isOurs { steps.append(SnowflakeStep(.clear, "REMOVE \(folder)")) }
    if goesByKeys {
      steps.append(SnowflakeStep(.clear, "DROP TABLE IF EXISTS \(SnowflakeName.written(landing))"))
    }
    return steps
  }

  /// What is cleared of an earlier attempt, which was ended before it could.
  package func clearing(ofAttempt attempt: Int) -> [SnowflakeStep] {
    var other = self
    other.request.attempt = attempt
    // Files that the source wrote are named by its attempt, not by that of the load: they are those of this one.
    if request.staged.external != nil { other.request.staged.files = [] }
    return other.clearing
  }

  /// Notes the attempt and its session, before anything waits on a lock.
  package var intent: [SnowflakeStep] {
    [
      SnowflakeStep(.begin, "BEGIN"),
      SnowflakeStep(
        .record, ledger.put(request, state: .loading, rows: 0, deleted: 0, sha256: sha256, session: session)),
      SnowflakeStep(.commit, "COMMIT"),
    ]
  }

  private var identify: SnowflakeStep { SnowflakeStep(.identify, "SELECT CURRENT_TRANSACTION() AS ID") }

  /// The condition, a blank in front, of the rows to delete; nil where none are.
  private func room() throws -> String? {
    switch (request.method, request.addressing) {
    case (.replace, .rebuild), (.merge, _), (.remove, _): return nil
    case (.replace, _): return try range().map { " WHERE \($0)" } ?? ""
    case (.append, _):
      guard let window = request.window, window.includesAfter, let after = window.after else { return nil }
      return " WHERE " + (try SnowflakePredicate.equal(try plan(window.column), after, place: place))
    }
  }

  /// The rows that a replacement replaces; nil for all.
  func range() throws -> String? {
    switch request.addressing {
    case .keyRange:
      try SnowflakePredicate.range(request.part.range, key: try request.key.map(plan), place: place)
    case .partColumn: SnowflakePredicate.parts([request.part.id] + request.replaces)
    case .rebuild, .wholeTable: nil
    }
  }

  /// One COPY for each thousand files.
  private func copies() throws -> [SnowflakeStep] {
    let files = request.staged.files
    return try stride(from: 0, to: files.count, by: Self.mostFiles).map { first in
      let some = Array(files[first..<min(first + Self.mostFiles, files.count)])
      return SnowflakeStep(.copy(some), try copy(some.map { Self.name(of: $0) }))
    }
  }

  /// The name by which COPY and its answer know a file.
  package static func name(of file: StagedFile) -> String {
    file.path.split(separator: "/").last.map(String.init) ?? file.path
  }

  /// The COPY of these files. Without `PURGE`: files stay until the commit is certain. With `FORCE`: what the table's load
  /// memory says after a rollback is nowhere written, and the ledger decides what is loaded.
  private func copy(_ names: [String]) throws -> String {
    var expressions: [String] = []
    let isExternal = request.staged.external != nil
    for (index, column) in staged.enumerated() {
      expressions.append(
        try SnowflakeCast.expression(column, named: isExternal ? ExternalFiles.column(index) : nil, place: place))
    }
    if hasMetadata {
      expressions += ["\(request.run)", "\(request.part.id)", "CURRENT_TIMESTAMP()"]
    }
    var filled = filled
    if check != nil, request.addressing == .rebuild {
      expressions.append("\(request.part.id)")
      filled.append(SnowflakeRebuild(request.target, run: request.run).mark)
    }
    return """
      COPY INTO \(SnowflakeName.written(landing)) (\(SnowflakeName.list(filled)))
      FROM (
        SELECT \(expressions.joined(separator: ",\n    "))
        FROM \(folder)
      )
      FILES = (\(names.map(SnowflakeName.text).joined(separator: ", ")))
      FILE_FORMAT = (TYPE = PARQUET BINARY_AS_TEXT = FALSE USE_LOGICAL_TYPE = TRUE USE_VECTORIZED_SCANNER = TRUE NULL_IF = ())
      ON_ERROR = ABORT_STATEMENT FORCE = TRUE
      """
  }

  /// Rows with a staged key give way to the staged rows, NULL matching NULL; a key that is staged twice is refused.
  ///
  /// Two statements and no `MERGE`: rows that the target has twice by that key go too, both are counted apart, and columns
  /// that are not loaded get their defaults, as in a replacement.
  private func merge() throws -> [SnowflakeStep] {
    guard !request.mergeKey.isEmpty else {
      throw LoadingError(.statementFailed, at: place, "a merge needs a key, and the plan names none; make a new plan")
    }
    let key = try request.mergeKey.map(plan)
    let side = SnowflakeName.written(landing)
    let columns = SnowflakeName.list(filled)
    return [
      SnowflakeStep(
        .findRepeats,
        "SELECT COUNT(*) AS N FROM (SELECT 1 AS K FROM \(side) GROUP BY \(SnowflakeName.list(key.map(\.target))) "
          + "HAVING COUNT(*) > 1) AS r"),
      SnowflakeStep(
        .makeRoom,
        "DELETE FROM \(SnowflakeName.written(table)) AS t USING \(side) AS s WHERE \(Self.match(key, "t", "s"))"),
      SnowflakeStep(
        .insert(request.staged.sourceRows),
        "INSERT INTO \(SnowflakeName.written(table)) (\(columns)) SELECT \(columns) FROM \(side)"),
    ]
  }

  /// NULL matches NULL.
  private static func match(_ key: [ColumnPlan], _ left: String, _ right: String) -> String {
    key.map { column in
      let name = SnowflakeName.written(column.target)
      return "\(left).\(name) \(column.isNullable ? "IS NOT DISTINCT FROM" : "=") \(right).\(name)"
    }.joined(separator: " AND ")
  }

  /// Rows of the part whose key is not staged are deleted, NULL matching NULL.
  ///
  /// Joins alone, and no subquery that asks for each row: Snowflake takes those in places.
  private func removal() throws -> [SnowflakeStep] {
    guard !request.mergeKey.isEmpty else {
      throw LoadingError(.statementFailed, at: place, "a removal needs a key, and the plan names none; make a new plan")
    }
    let key = try request.mergeKey.map(plan)
    let target = SnowflakeName.written(table)
    let range = try SnowflakePredicate.range(request.part.range, key: try request.key.map(plan), place: place)
    let condition = range.map { " WHERE \($0)" } ?? ""
    let names = SnowflakeName.list(key.map(\.target))
    let held = key.map { "r.\(SnowflakeName.written($0.target))" }.joined(separator: ", ")
    return [
      SnowflakeStep(.measure, "SELECT COUNT(*) AS N FROM \(target)\(condition)"),
      SnowflakeStep(
        .makeRoom,
        """
        DELETE FROM \(target) AS t USING (
          SELECT DISTINCT \(held) FROM (SELECT \(names) FROM \(target)\(condition)) AS r
          LEFT JOIN (SELECT \(names), 1 AS SCMPLAN_STAYS FROM \(SnowflakeName.written(landing))) AS s
          ON \(Self.match(key, "r", "s"))
          WHERE s.SCMPLAN_STAYS IS NULL
        ) AS g WHERE \(Self.match(key, "t", "g"))
        """),
    ]
  }

  /// That a row `t` has the merge key of a row `s`.
  func mergeMatch() throws -> String {
    Self.match(try request.mergeKey.map(plan), "t", "s")
  }

  /// The columns that a load fills.
  private var filled: [String] {
    staged.map(\.target)
      + (hasMetadata ? [MetadataColumns.run, MetadataColumns.part, MetadataColumns.loadedAt] : [])
  }

  private func plan(_ column: String) throws -> ColumnPlan {
    guard let plan = request.columns.first(where: { $0.target == column }) else {
      throw LoadingError(
        .statementFailed, at: place, "the plan uses column \(column) and does not load it; make a new plan")
    }
    return plan
  }
}
