import Glibc
import Plans

/// Passes on how far an extraction is, at most four times a second, and remembers the error that answers.
///
/// It is asked both between batches and from inside SQLite, so that a query that yields no row for long is still heard
/// of and can be ended.
final class ProgressPacer {
  static let interval: UInt64 = 250_000_000

  /// Rows read so far.
  var rows = 0
  /// Where the bytes so far are asked from; nil before there are any.
  var bytes: (() -> Int)?
  /// What the listener threw: the extraction is to end with it.
  private(set) var failure: (any Error)?
  private let report: (ExtractProgress) throws -> Void
  private var last = ProgressPacer.now()

  init(_ report: @escaping (ExtractProgress) throws -> Void) {
    self.report = report
  }

  /// Reports when it is time.
  ///
  /// - Throws: what the listener threw, now or before.
  func tick() throws {
    if let failure { throw failure }
    let now = Self.now()
    if now &- last >= Self.interval {
      last = now
      try tell()
    }
  }

  /// Reports at once.
  func tell() throws {
    do {
      try report(ExtractProgress(rows: rows, bytes: bytes?() ?? 0))
    } catch {
      failure = error
      throw error
    }
  }

  /// Nanoseconds of a clock that no one sets.
  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
