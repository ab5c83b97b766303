import Faults
import Foundation
import Parquet
import Plans

/// Encodes batches into the files of one attempt on a thread of its own, while another thread fills the next batch.
///
/// A fixed number of batches goes round between the two, so that neither runs ahead: the reader waits in ``empty(_:)``
/// for a batch to come back. Every writer must be ended by ``finish(_:)`` or ``abandon()``, which wait for the thread.
final class StageWriter: @unchecked Sendable {
  private let schema: Schema
  private let directory: StageDirectory
  private let budget: StageBudget
  private let fileBytes: Int

  private let condition = NSCondition()
  // Guarded by `condition`.
  private var free: [RecordBatch]
  private var filled: [RecordBatch] = []
  private var isComplete = false
  private var isAbandoned = false
  private var hasEnded = false
  private var failure: (any Error)?
  private var stagedBytes = 0

  // Used by the encoding thread alone until it has ended.
  private var open: ParquetWriter?
  private var closed: [StagedFile] = []
  private var created: [String] = []

  init(schema: Schema, directory: StageDirectory, budget: StageBudget, fileBytes: Int) {
    self.schema = schema
    self.directory = directory
    self.budget = budget
    self.fileBytes = fileBytes
    free = (0..<StageBudget.batches).map { _ in RecordBatch(schema: schema) }
    let thread = Thread { [self] in run() }
    thread.name = "encode"
    thread.start()
  }

  /// Bytes of the files, written and pending.
  var bytes: Int { condition.withLock { stagedBytes } }

  /// An empty batch, when there is one; `wait` is called every quarter of a second until then.
  ///
  /// - Throws: what went wrong on the encoding thread, or what `wait` throws.
  func empty(_ wait: () throws -> Void) throws -> RecordBatch {
    while true {
      if let batch = try condition.withLock({ try takeFree() }) { return batch }
      try wait()
    }
  }

  /// Hands a filled batch over.
  func submit(_ batch: RecordBatch) {
    condition.withLock {
      filled.append(batch)
      condition.broadcast()
    }
  }

  /// Waits until everything handed over is in closed files that a crash does not take away.
  ///
  /// - Throws: what went wrong on the encoding thread, or what `wait` throws; ``abandon()`` is due then.
  func finish(_ wait: () throws -> Void) throws -> [StagedFile] {
    condition.withLock {
      isComplete = true
      condition.broadcast()
    }
    while !condition.withLock({ waitForEnd() }) { try wait() }
    if let failure { throw failure }
    return closed
  }

  /// Stops the thread as soon as its call into the encoder returns, waits for it, and removes this attempt's files.
  func abandon() {
    condition.withLock {
      isAbandoned = true
      condition.broadcast()
      while !hasEnded { condition.wait() }
    }
    directory.remove(created)
  }

  private func takeFree() throws -> RecordBatch? {
    if free.isEmpty, failure == nil { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.25)) }
    if let failure { throw failure }
    return free.popLast()
  }

  private func waitForEnd() -> Bool {
    if !hasEnded { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.25)) }
    return hasEnded
  }
}

/// The encoding thread's side.
extension StageWriter {
  private func run() {
    var failure: (any Error)?
    do {
      while let batch = next() {
        try write(batch)
        giveBack(batch)
      }
      if !condition.withLock({ isAbandoned }) { try closeAll() }
    } catch {
      failure = error
    }
    // An open writer is dropped without a footer, before anybody removes its file.
    open = nil
    condition.withLock {
      self.failure = failure
      stagedBytes = closed.reduce(0) { $0 + $1.bytes }
      hasEnded = true
      condition.broadcast()
    }
  }

  /// The next batch to encode; nil after the last, and when the attempt was abandoned.
  private func next() -> RecordBatch? {
    condition.withLock {
      while filled.isEmpty, !isComplete, !isAbandoned { condition.wait() }
      return isAbandoned || filled.isEmpty ? nil : filled.removeFirst()
    }
  }

  private func giveBack(_ batch: RecordBatch) {
    let bytes = closed.reduce(0) { $0 + $1.bytes } + (open?.bytesWritten ?? 0)
    batch.reset(keepingAtMost: 2 * budget.batchBytes)
    condition.withLock {
      stagedBytes = bytes
      free.append(batch)
      condition.broadcast()
    }
  }

  private func write(_ batch: RecordBatch) throws {
    do {
      let writer = try open ?? begin()
      open = writer
      try writer.write(batch)
      if writer.bytesWritten >= fileBytes { try close(writer) }
    } catch let error as ParquetError {
      throw Self.failure(error, in: directory)
    }
  }

  private func begin() throws -> ParquetWriter {
    if created.isEmpty { try directory.create() }
    let name = "\(created.count + 1).parquet"
    created.append(name)
    return try ParquetWriter(path: directory.path(name), schema: schema)
  }

  private func close(_ writer: ParquetWriter) throws {
    let summary = try writer.close()
    open = nil
    closed.append(
      StagedFile(
        path: directory.relative("\(created.count).parquet"), rows: summary.rows, bytes: summary.bytes,
        sha256: summary.sha256))
    try FaultPoint.reach(.extractAfterFile)
  }

  private func closeAll() throws {
    do {
      if let writer = open { try close(writer) }
    } catch let error as ParquetError {
      throw Self.failure(error, in: directory)
    }
    if !closed.isEmpty { try directory.synchronize() }
  }

  private static func failure(_ error: ParquetError, in directory: StageDirectory) -> ExtractionError {
    let place = error.path ?? directory.path("")
    guard error.code == .system else { return ExtractionError(.stageFailed, at: place, "\(error)") }
    return StageDirectory.failure(error.systemError, error.operation.rawValue, place)
  }
}
