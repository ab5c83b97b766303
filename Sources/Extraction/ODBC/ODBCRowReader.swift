import Catalogs
import ODBC
import Parquet
import Plans

/// Reads the rows of a statement through a driver and fills batches with them.
///
/// While all values are short, blocks of rows are bound and copied column by column. A value that its bound buffer cannot
/// hold ends the reading with ``Outcome/needsStreaming``: the caller starts over with `isStreaming`, which reads row by row
/// and takes long values in pieces.
final class ODBCRowReader {
  enum Outcome {
    case rows(Int)
    /// A value is longer than its buffer; the batches so far are to be thrown away.
    case needsStreaming
  }

  /// Bytes that a block's buffers may take together: few enough to stay in a core's own cache until they are copied on.
  private static let blockBytes = 1 << 20
  private static let blockRows = 5000

  private let statement: ODBCStatement
  private let columns: [ODBCSelection]
  private let order: [Int]
  private let fills: [ODBCColumnFill]
  private let isStreaming: Bool
  private let place: String
  private let key: [String]
  /// Where a driver's error becomes one of the source's.
  private let failure: (ODBCError) -> ExtractionError
  /// Has the statement bring more rows when it has no more; nil where it brings all at once.
  private let nextPage: ((ODBCStatement) throws -> Void)?

  /// - Parameters:
  ///   - statement: executed; its columns are those of `columns` in ``ODBCSelection/wireOrder(_:)``.
  ///   - place: the table, for messages.
  ///   - key: source columns of the table's primary key, whose values tell a row that is refused.
  init(
    _ statement: ODBCStatement, _ columns: [ODBCSelection], isStreaming: Bool, at place: String, key: [String] = [],
    nextPage: ((ODBCStatement) throws -> Void)? = nil, failure: @escaping (ODBCError) -> ExtractionError
  ) {
    self.nextPage = nextPage
    self.statement = statement
    self.columns = columns
    self.isStreaming = isStreaming
    self.place = place
    self.key = key
    self.failure = failure
    order = ODBCSelection.wireOrder(columns)
    fills = columns.map { ODBCColumnFill($0.plan.type, from: $0.layout, isNullable: $0.plan.isNullable) }
  }

  func read(into writer: StageWriter, batchBytes: Int, _ pacer: ProgressPacer) throws -> Outcome {
    do {
      return isStreaming
        ? try stream(into: writer, batchBytes: batchBytes, pacer)
        : try readBlocks(into: writer, batchBytes: batchBytes, pacer)
    } catch let error as ODBCError {
      throw failure(error)
    } catch let error as ParquetError {
      throw ExtractionError(.valueDoesNotFit, at: place, "a value is too long to be staged: \(error.message)")
    }
  }

  private func readBlocks(into writer: StageWriter, batchBytes: Int, _ pacer: ProgressPacer) throws -> Outcome {
    let layouts = order.map { columns[$0].layout }
    let perRow = ODBCBlock.bytesPerRow(layouts)
    let block = ODBCBlock(capacity: max(1, min(Self.blockRows, Self.blockBytes / max(1, perRow))), layouts)
    try statement.bind(block)
    var rows = 0
    var batch = try writer.empty(pacer.tick)
    var bytes = 0
    while case let count = try fetch(block), count > 0 {
      for (position, index) in order.enumerated() {
        let cells = block.buffers[position]
        if columns[index].stream != nil {
          for row in 0..<count where cells.isTruncated(row) { return .needsStreaming }
        } else if let row = (0..<count).first(where: { cells.isTruncated($0) }) {
          throw refusal(index, isNull: false, row: rows + row + 1, key(of: row, in: block, order))
        }
        let (used, refused) = try fills[index].append(cells, rows: 0..<count, to: batch.columns[index].appender)
        if let refused {
          throw refusal(
            index, isNull: cells.isNull(refused), row: rows + refused + 1, key(of: refused, in: block, order))
        }
        bytes += used
      }
      rows += count
      bytes += count * columns.count * 8
      pacer.rows = rows
      if bytes >= batchBytes {
        writer.submit(batch)
        batch = try writer.empty(pacer.tick)
        bytes = 0
      }
      try pacer.tick()
    }
    if batch.rows > 0 { writer.submit(batch) }
    return .rows(rows)
  }

  private func stream(into writer: StageWriter, batchBytes: Int, _ pacer: ProgressPacer) throws -> Outcome {
    let bound = order.filter { columns[$0].stream == nil }
    let block = ODBCBlock(capacity: 1, bound.map { columns[$0].layout })
    try statement.bind(block)
    var rows = 0
    var bytes = 0
    var value: [UInt8] = []
    var batch = try writer.empty(pacer.tick)
    while try fetch(block) == 1 {
      for (position, index) in order.enumerated() {
        let appender = batch.columns[index].appender
        if position < bound.count {
          let cells = block.buffers[position]
          let refused = cells.isTruncated(0) ? 0 : nil
          let (used, second) =
            try refused.map { (0, $0) } ?? fills[index].append(cells, rows: 0..<1, to: appender)
          if second != nil {
            throw refusal(index, isNull: cells.isNull(0), row: rows + 1, key(of: 0, in: block, bound))
          }
          bytes += used
          continue
        }
        value.removeAll(keepingCapacity: true)
        let isThere = try statement.stream(position, columns[index].stream ?? .text) { value.append(contentsOf: $0) }
        let used =
          isThere
          ? try value.withUnsafeBytes { bytes in try fills[index].append(bytes: bytes, to: appender) }
          : fills[index].appendNull(to: appender) ? 0 : -1
        guard used >= 0 else { throw refusal(index, isNull: !isThere, row: rows + 1, key(of: 0, in: block, bound)) }
        bytes += used
      }
      rows += 1
      bytes += columns.count * 8
      if bytes >= batchBytes {
        writer.submit(batch)
        batch = try writer.empty(pacer.tick)
        bytes = 0
      }
      pacer.rows = rows
      try pacer.tick()
    }
    if batch.rows > 0 { writer.submit(batch) }
    return .rows(rows)
  }

  /// Fills the block with the next rows, of the next page where there is one; 0 behind the last.
  private func fetch(_ block: ODBCBlock) throws -> Int {
    let count = try statement.fetch()
    guard count == 0, let nextPage else { return count }
    try nextPage(statement)
    try statement.bind(block)
    return try statement.fetch()
  }

  /// What to say of a value that the plan's type cannot hold: everything but the value.
  private func refusal(_ index: Int, isNull: Bool, row: Int, _ key: String?) -> ExtractionError {
    let plan = columns[index].plan
    let planned = "\(plan.type)\(plan.isNullable ? "" : " NOT NULL")"
    let advice =
      isNull ? "make a new plan" : "make a new plan, or map \(plan.sourceType) to a text type with columnTypeMappings"
    return ExtractionError(
      .valueDoesNotFit, at: "\(place), column \(plan.source)",
      "\(isNull ? "a NULL" : "a \(plan.sourceType)") (row \(row) of the part\(key ?? "")) does not fit the planned \(planned); \(advice)"
    )
  }

  /// The row's primary key, where it is made of whole numbers and UUIDs: `, key id = 42`.
  private func key(of row: Int, in block: ODBCBlock, _ bound: [Int]) -> String? {
    var values: [String: String] = [:]
    for (position, index) in bound.enumerated() where key.contains(columns[index].plan.source) {
      let cells = block.buffers[position]
      guard !cells.isNull(row), !cells.isTruncated(row) else { return nil }
      let value: String
      switch (columns[index].layout, columns[index].plan.type) {
      case (.int16, .integer): value = "\(cells.load(row, as: Int16.self))"
      case (.int32, .integer): value = "\(cells.load(row, as: Int32.self))"
      case (.int64, .integer): value = "\(cells.load(row, as: Int64.self))"
      case (.narrow, .uuid): value = String(decoding: cells.bytes(row), as: UTF8.self)
      default: return nil
      }
      values[columns[index].plan.source] = value
    }
    guard !key.isEmpty, values.count == key.count else { return nil }
    return ", key " + key.map { "\($0) = \(values[$0] ?? "")" }.joined(separator: ", ")
  }
}
