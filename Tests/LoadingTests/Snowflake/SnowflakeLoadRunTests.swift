import Loading
import Plans
import Testing

/// What a load makes of each answer.
@Suite struct SnowflakeLoadRunTests {
  private static let files = SnowflakeLoadTests.staged().files

  private func answer(_ columns: [String], _ rows: [String?]...) -> SnowflakeRows {
    SnowflakeRows(columns: columns, rows: rows)
  }

  private func code(_ purpose: SnowflakeStep.Purpose, _ answers: SnowflakeRows...) -> LoadingError.Code? {
    var run = SnowflakeLoadRun(SnowflakeLoadTests.load())
    do {
      for answer in answers { try run.take(answer, of: SnowflakeStep(purpose, "")) }
      return nil
    } catch {
      return error.code
    }
  }

  @Test func everyFileMustBeAnsweredForWithAllOfItsRows() {
    let names = ["file", "status", "rows_parsed", "rows_loaded"]
    let good = answer(
      names, ["scmplan_stage/L-1/1.parquet", "LOADED", "10", "10"],
      ["scmplan_stage/L-1/2.parquet", "LOADED", "10", "10"])
    #expect(code(.copy(Self.files), good) == nil)
    var run = SnowflakeLoadRun(SnowflakeLoadTests.load())
    try? run.take(good, of: SnowflakeStep(.copy(Self.files), ""))
    #expect(run.rows == 20)
    #expect(code(.copy(Self.files), answer(names, ["a/1.parquet", "LOADED", "10", "10"])) == .countMismatch)
    #expect(
      code(
        .copy(Self.files),
        answer(names, ["a/1.parquet", "LOADED", "10", "10"], ["a/2.parquet", "LOAD_SKIPPED", "0", "0"]))
        == .countMismatch)
    #expect(
      code(
        .copy(Self.files), answer(names, ["a/1.parquet", "LOADED", "10", "9"], ["a/2.parquet", "LOADED", "10", "10"]))
        == .countMismatch)
  }

  /// Snowflake need not name a file that gave it nothing.
  @Test func aFileWithoutRowsNeedNotBeNamed() {
    let files = [StagedFile(path: "a/0.parquet", rows: 0, bytes: 9, sha256: "f")] + Self.files
    let names = ["file", "status", "rows_parsed", "rows_loaded"]
    let others: [[String?]] = ["1", "2"].map { ["a/\($0).parquet", "LOADED", "10", "10"] }
    var run = SnowflakeLoadRun(SnowflakeLoadTests.load())
    try? run.take(SnowflakeRows(columns: names, rows: others), of: SnowflakeStep(.copy(files), ""))
    #expect(run.rows == 20)
    let named: [String?] = ["a/0.parquet", "LOADED", "0", "0"]
    #expect(code(.copy(files), SnowflakeRows(columns: names, rows: others + [named])) == nil)
    #expect(code(.copy([files[0]]), answer(["status"], ["Copy executed with 0 files processed."])) == nil)
    let full: [String?] = ["a/0.parquet", "LOADED", "1", "1"]
    #expect(code(.copy(files), SnowflakeRows(columns: names, rows: others + [full])) == .countMismatch)
  }

  /// Trap: a COPY that loads nothing answers with one column and no file.
  @Test func anAnswerOfAnotherShapeIsNoLoad() {
    let nothing = answer(["status"], ["Copy executed with 0 files processed."])
    #expect(code(.copy(Self.files), nothing) == .countMismatch)
    #expect(code(.copy([]), nothing) == nil)
  }

  @Test func allOfItIsInOneTransaction() {
    let id = { (text: String?) in self.answer(["ID"], [text]) }
    #expect(code(.identify, id("7"), id("7")) == nil)
    #expect(code(.identify, id("7"), id("8")) == .connectionLost)
    #expect(code(.identify, id("7"), id(nil)) == .connectionLost)
    #expect(code(.identify, id(nil)) == .connectionLost)
  }

  @Test func countsDecide() {
    #expect(code(.count(5), answer(["N"], ["5"])) == nil)
    #expect(code(.count(5), answer(["N"], ["4"])) == .countMismatch)
    #expect(code(.count(5), answer(["N"])) == .countMismatch)
    #expect(
      code(.fence, answer(["number of rows updated", "number of multi-joined rows updated"], ["1", "0"])) == nil)
    #expect(code(.fence, answer(["number of rows updated"], ["0"])) == .fenced)
    #expect(code(.findRepeats, answer(["N"], ["1"])) == .duplicateKey)
    #expect(code(.insert(2), answer(["number of rows inserted"], ["1"])) == .countMismatch)
    #expect(code(.makeRoom, answer(["status"], ["done"])) == .statementFailed)
    #expect(code(.record, answer(["number of rows inserted"], ["0"])) == .countMismatch)
  }

  @Test func whereNothingIsNothingIsDeleted() throws {
    var run = SnowflakeLoadRun(SnowflakeLoadTests.load())
    #expect(run.needsRoom)
    try run.take(answer(["N"], ["0"]), of: SnowflakeStep(.look, ""))
    #expect(!run.needsRoom)
    for rows in ["1", nil] {
      try run.take(answer(["N"], [rows]), of: SnowflakeStep(.look, ""))
      #expect(run.needsRoom)
    }
  }

  @Test func whatAnotherAttemptLoadedIsTold() throws {
    var run = SnowflakeLoadRun(SnowflakeLoadTests.load())
    try run.take(answer(["ATTEMPT", "ROWS", "DELETED"]), of: SnowflakeStep(.lookUp, ""))
    #expect(run.other == nil)
    try run.take(answer(["ATTEMPT", "ROWS", "DELETED"], ["1", "8", "2"]), of: SnowflakeStep(.lookUp, ""))
    #expect(run.other == LoadResult(rows: 8, deleted: 2, wasLoaded: true))
  }
}
