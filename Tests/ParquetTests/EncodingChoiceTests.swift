import Crypto
import Testing

@testable import Parquet

@Suite struct EncodingChoiceTests {
  private func choice(
    _ type: ColumnType, rows: Int, _ append: (ColumnBuffer, Int) throws -> Void
  ) throws -> EncodingChoice {
    let batch = RecordBatch(schema: Schema([ColumnSchema(name: "value", type: type)]))
    for row in 0..<rows { try append(batch.columns[0], row) }
    return try EncodingChoice(for: batch.columns[0], WriterOptions(), path: "file")
  }

  /// Thirty-two digits without any order.
  private func digits(_ row: Int) throws -> String {
    let hasher = try SHA256()
    withUnsafeBytes(of: row) { hasher.update($0) }
    return String(hasher.finalize().hex.prefix(32))
  }

  @Test func randomDigitsAreNotSearchedForRepetitions() throws {
    let choice = try choice(.utf8, rows: 5000) { try $0.append(digits($1)) }
    #expect(choice.isMatchless && !choice.hasDictionary)
  }

  @Test func sentencesAreSearchedForRepetitions() throws {
    let choice = try choice(.utf8, rows: 5000) { try $0.append("customer \($1) of the \($1 % 50)th branch office") }
    #expect(!choice.isMatchless)
  }

  @Test func countedNumbersAreSearchedForRepetitions() throws {
    #expect(try !choice(.int64, rows: 20_000) { $0.append(Int64($1)) }.isMatchless)
  }

  @Test func amountsOfManyDigitsAreNotSearchedForRepetitions() throws {
    let choice = try choice(.decimal128(precision: 18, scale: 2), rows: 20_000) { column, row in
      column.append(decimal: Int128(row &* 2_654_435_761 % 1_000_000_000_000))
    }
    #expect(choice.isMatchless)
  }

  @Test func aFewRowsAndNoValuesAtAllNeedNoChoice() throws {
    #expect(try choice(.utf8, rows: 20) { try $0.append(digits($1)) } == EncodingChoice())
    #expect(try choice(.utf8, rows: 5000) { column, _ in column.appendNull() } == EncodingChoice())
    #expect(try choice(.utf8, rows: 0) { _, _ in } == EncodingChoice())
  }

  @Test func fewDistinctValuesAreADictionary() throws {
    let choice = try choice(.utf8, rows: 100_000) { try $0.append(digits($1 % 300)) }
    #expect(choice.hasDictionary && !choice.isMatchless)
  }

  /// Every fortieth value looks as if there were 2,500 of them, and there are 100,000.
  @Test func valuesThatComeBackAtIntervalsAreNotMistakenForFew() throws {
    let choice = try choice(.utf8, rows: 163_840) { try $0.append("label \($1 * 31 % 100_000)") }
    #expect(!choice.hasDictionary)
  }

  @Test(arguments: [true, false]) func whatIsWrittenEitherWayIsRead(isRandom: Bool) throws {
    let scratch = try Scratch()
    let texts = try (0..<20_000).map { row in isRandom ? try digits(row) : "customer \(row)" }
    let batch = RecordBatch(schema: Schema([ColumnSchema(name: "text", type: .utf8)]))
    for text in texts { try batch.columns[0].append(text) }
    let writer = try ParquetWriter(path: scratch.file(), schema: batch.schema)
    try writer.write(batch)
    let bytes = try writer.close().bytes
    #expect(try ParquetReader(path: scratch.file()).all().flatMap { $0.columns[0].texts } == texts)
    // A digit is half a byte; each text has four bytes of length before it.
    if isRandom { #expect(bytes < texts.count * 20) }
  }
}
