import Catalogs
import Parquet
import Plans
import Postgres

/// Reads the rows of a `COPY … (FORMAT binary)` and fills batches with them; knows nothing of how the query came to be.
///
/// Source: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
final class PostgreSQLRowReader {
  /// `PGCOPY\n\377\r\n\0`, as two numbers and their rest.
  private static let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]

  private let copy: PostgresCopy
  private let columns: [ColumnPlan]
  private let fills: [PostgreSQLColumnFill]
  private let table: Table
  private var isFirst = true

  /// - Parameter wires: how the values of each column come.
  init(_ copy: PostgresCopy, _ columns: [ColumnPlan], _ wires: [PostgreSQLType.Wire], of table: Table) {
    self.copy = copy
    self.columns = columns
    self.table = table
    fills = zip(columns, wires).map { PostgreSQLColumnFill($0.type, from: $1, isNullable: $0.isNullable) }
  }

  /// Reads all rows; returns how many came, and how many the server says it sent.
  func read(into writer: StageWriter, batchBytes: Int, _ pacer: ProgressPacer) throws -> (read: Int, sent: Int?) {
    let rowBytes = fills.reduce(0) { $0 + $1.fixedBytes }
    var rows = 0
    var isOver = false
    while !isOver {
      let batch = try writer.empty(pacer.tick)
      do {
        isOver = try fills.withUnsafeBufferPointer {
          try fill(batch, $0, rowBytes: rowBytes, batchBytes: batchBytes, rowsBefore: rows, pacer)
        }
      } catch let error as ParquetError {
        throw ExtractionError(
          .valueDoesNotFit, at: "table \(table.name)", "a value is too long to be staged: \(error.message)")
      }
      rows += batch.rows
      pacer.rows = rows
      if batch.rows > 0 { writer.submit(batch) }
      try pacer.tick()
    }
    return (rows, copy.rows)
  }

  /// Fills one batch; true when no more rows come.
  private func fill(
    _ batch: RecordBatch, _ fills: UnsafeBufferPointer<PostgreSQLColumnFill>, rowBytes: Int, batchBytes: Int,
    rowsBefore: Int, _ pacer: ProgressPacer
  ) throws -> Bool {
    var bytes = 0
    var rows = 0
    let tick = pacer.tick
    return try batch.appenders.withUnsafeBufferPointer { buffers in
      while bytes < batchBytes {
        guard let message = try copy.next(tick) else { return true }
        guard var place = message.baseAddress else { throw broken() }
        let end = place + message.count
        if isFirst {
          place += try head(message)
          isFirst = false
          if place == end { continue }
        }
        guard end - place >= 2 else { throw broken() }
        let count = Int(Int16(bigEndian: place.loadUnaligned(as: Int16.self)))
        // The end of the file, a message of its own.
        if count == -1 { continue }
        guard count == fills.count, count == buffers.count else { throw broken() }
        place += 2
        for index in 0..<count {
          let fill = fills.baseAddress.unsafelyUnwrapped + index
          guard end - place >= 4 else { throw broken() }
          let length = Int(Int32(bigEndian: place.loadUnaligned(as: Int32.self)))
          place += 4
          let used: Int
          if length < 0 {
            used = PostgreSQLColumnFill.appendNull(by: fill, to: buffers[index])
          } else {
            guard end - place >= length else { throw broken() }
            used = try PostgreSQLColumnFill.append(place, length, by: fill, to: buffers[index])
            place += length
          }
          guard used >= 0 else { throw refusal(of: index, isNull: length < 0, message, row: rowsBefore + rows + 1) }
          bytes &+= used
        }
        rows &+= 1
        bytes &+= rowBytes
      }
      return false
    }
  }

  /// Bytes of the head: signature, flags, and an extension of the length it tells.
  private func head(_ message: UnsafeRawBufferPointer) throws -> Int {
    guard message.count >= 19, message.prefix(11).elementsEqual(Self.signature) else { throw broken() }
    let length = Int(UInt32(bigEndian: message.loadUnaligned(fromByteOffset: 15, as: UInt32.self)))
    guard message.count >= 19 + length else { throw broken() }
    return 19 + length
  }

  private func broken() -> ExtractionError {
    ExtractionError(
      .queryFailed, at: "table \(table.name)", "what the server sent is no binary COPY of these columns; try again",
      isTransient: true)
  }

  /// What to say of a value that the plan's type cannot hold: everything but the value.
  private func refusal(of index: Int, isNull: Bool, _ message: UnsafeRawBufferPointer, row: Int) -> ExtractionError {
    let column = columns[index]
    let key = key(of: message).map { ", key \($0)" } ?? ""
    let planned = "\(column.type)\(column.isNullable ? "" : " NOT NULL")"
    let advice =
      isNull
      ? "make a new plan"
      : "make a new plan without --no-scan, or map \(column.sourceType) to a text type with columnTypeMappings"
    return ExtractionError(
      .valueDoesNotFit, at: "table \(table.name), column \(column.source)",
      "\(isNull ? "a NULL" : "a \(column.sourceType)") (row \(row) of the part\(key)) does not fit the planned \(planned); \(advice)"
    )
  }

  /// The row's primary key, where it is made of whole numbers and UUIDs: `id = 42`.
  private func key(of message: UnsafeRawBufferPointer) -> String? {
    guard !table.primaryKey.isEmpty else { return nil }
    let isHead = message.prefix(11).elementsEqual(Self.signature)
    var place = isHead ? 19 + Int(UInt32(bigEndian: message.loadUnaligned(fromByteOffset: 15, as: UInt32.self))) : 0
    place += 2
    var values: [String: String] = [:]
    for column in columns {
      let length = Int(Int32(bigEndian: message.loadUnaligned(fromByteOffset: place, as: Int32.self)))
      place += 4
      let bytes = UnsafeRawBufferPointer(rebasing: message[place..<(place + max(0, length))])
      place += max(0, length)
      guard table.primaryKey.contains(column.source) else { continue }
      switch (column.type, length) {
      case (.integer, 2), (.integer, 4), (.integer, 8):
        let isNegative = bytes[0] & 0x80 != 0
        values[column.source] = "\(bytes.reduce(isNegative ? Int64(-1) : 0) { $0 << 8 | Int64($1) })"
      case (.uuid, 16): values[column.source] = Hex.text(Array(bytes))
      default: return nil
      }
    }
    guard values.count == table.primaryKey.count else { return nil }
    return table.primaryKey.map { "\($0) = \(values[$0] ?? "")" }.joined(separator: ", ")
  }
}
