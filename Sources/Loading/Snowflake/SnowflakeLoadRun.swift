import Plans

/// What the answers to a load's statements amount to: no input or output, so that every answer can be tried.
package struct SnowflakeLoadRun: Sendable {
  private let place: String
  private let removal: RemovalLimit?
  /// Staged rows are keys to go by, and none of them comes into the target.
  private let goesByKeys: Bool
  /// Rows among which a removal finds those that it takes.
  private var held = 0
  /// The transaction that all of it must be in.
  private var transaction: String?
  /// Rows loaded.
  package private(set) var rows = 0
  /// Whether there may be rows that must make place.
  package private(set) var needsRoom = true
  /// Rows deleted to make place.
  package private(set) var deleted = 0
  /// What another attempt has loaded meanwhile: this one must roll back.
  package private(set) var other: LoadResult?

  package init(_ load: SnowflakeLoad) {
    place = load.place
    removal = load.request.removal
    goesByKeys = load.request.method == .remove
  }

  /// Judges the answer to a step.
  ///
  /// - Throws: ``LoadingError`` when the load must not be committed.
  package mutating func take(_ answer: SnowflakeRows, of step: SnowflakeStep) throws(LoadingError) {
    switch step.purpose {
    case .define, .begin, .commit, .clear: break
    case .identify: try identify(answer)
    case .look: needsRoom = answer.number != 0
    case .measure:
      guard let number = answer.number else { throw mismatch(0, nil) }
      held = number
    case .makeRoom:
      deleted += try count(answer, "deleted")
      try removal?.judge(deleted, of: held, place: place)
    case .copy(let files): try copied(answer, files)
    case .count(let wanted):
      guard answer.number == wanted else { throw mismatch(wanted, answer.number) }
    case .digest(let wanted):
      let found = answer.named.first.flatMap(SnowflakeCanonical.digest)
      guard found == wanted else { throw LoadingError.otherContent(wanted, found, at: place) }
    case .findRepeats:
      guard answer.number == 0 else {
        throw LoadingError(
          .duplicateKey, at: place,
          "staged rows have the same merge key, so that neither can be told to be the last; name columns that are unique "
            + "as primaryKeyColumns")
      }
    case .insert(let wanted):
      let inserted = try count(answer, "inserted")
      guard inserted == wanted else { throw mismatch(wanted, inserted) }
    case .fence:
      guard try count(answer, "updated") == 1 else {
        throw LoadingError(
          .fenced, at: place, "the table belongs to another run since this load began; nothing was changed")
      }
    case .lookUp:
      guard let row = answer.named.first else { break }
      other = LoadResult(
        rows: row["rows"].flatMap { Int($0) } ?? 0, deleted: row["deleted"].flatMap { Int($0) } ?? 0, wasLoaded: true)
    case .record:
      guard try count(answer, "inserted") == 1 else { throw mismatch(1, 0) }
    }
  }

  /// A transaction that was ended by somebody else is noticed here: another one, or none, is open then.
  private mutating func identify(_ answer: SnowflakeRows) throws(LoadingError) {
    let id = answer.rows.first?.first.flatMap { $0 } ?? ""
    guard !id.isEmpty, transaction == nil || transaction == id else {
      throw LoadingError(
        .connectionLost, at: place, "the load's transaction was ended by somebody else; it is tried again",
        isTransient: true)
    }
    transaction = id
  }

  /// Every file must be there, loaded, with all of its rows; one without rows need not be named. An answer of another
  /// shape names no file.
  private mutating func copied(_ answer: SnowflakeRows, _ files: [StagedFile]) throws(LoadingError) {
    var loaded: [String: Int] = [:]
    for row in answer.named {
      guard let file = row["file"], row["status"]?.uppercased() == "LOADED" else { continue }
      let name = file.split(separator: "/").last.map(String.init) ?? file
      loaded[name, default: 0] += row["rows_loaded"].flatMap { Int($0) } ?? 0
    }
    for file in files {
      let found = loaded.removeValue(forKey: SnowflakeLoad.name(of: file))
      guard found ?? 0 == file.rows else {
        throw LoadingError(
          .countMismatch, at: place,
          "\(file.path) has \(file.rows) rows, and Snowflake loaded \(found.map(String.init) ?? "none"); nothing was changed"
        )
      }
      if !goesByKeys { rows += file.rows }
    }
  }

  private func count(_ answer: SnowflakeRows, _ kind: String) throws(LoadingError) -> Int {
    guard let count = answer.count(kind) else {
      throw LoadingError(
        .statementFailed, at: place, "Snowflake does not say how many rows were \(kind); nothing was changed")
    }
    return count
  }

  private func mismatch(_ wanted: Int, _ found: Int?) -> LoadingError {
    LoadingError(
      .countMismatch, at: place,
      "\(wanted) rows should be there and \(found.map(String.init) ?? "none") are; another order of the key takes rows "
        + "elsewhere, or somebody else writes there. Nothing was changed")
  }
}
