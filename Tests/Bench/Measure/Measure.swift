import Foundation

/// The part of the benchmarks that runs inside the program's own modules; `Tests/Bench/bench` calls it.
///
///     measure extract DATABASE TABLE FOLDER   rows of a table into Parquet files
///     measure extract-postgresql HOST PORT DATABASE USER TABLE FOLDER [ODBC_DRIVER]
///     measure extract-sqlserver PORT DATABASE USER TABLE FOLDER
///     measure digest DATABASE TABLE FOLDER    the digest of the files that these rows become
///     measure step DATABASE TABLE             sqlite3_step over the same query, every value read and dropped
///     measure queue TASKS                     tasks through claim and complete, durable commits
///     measure upload FILE PORT CA             a file into a stage behind a port of this machine, encrypted on the way
///
/// Prints one JSON object: rows or tasks, CPU seconds, wall seconds, peak resident bytes.
@main
enum Measure {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("extract", 4):
      try report { try Extract.run(database: arguments[1], table: arguments[2], folder: arguments[3]) }
    case ("digest", 4):
      try Digest.run(database: arguments[1], table: arguments[2], folder: arguments[3], report)
    case ("extract-postgresql", 7), ("extract-postgresql", 8):
      try report {
        try Extract.run(
          host: arguments[1], port: arguments[2], database: arguments[3], user: arguments[4], table: arguments[5],
          folder: arguments[6], driver: arguments.count > 7 ? arguments[7] : nil)
      }
    case ("extract-sqlserver", 6):
      try report {
        try Extract.run(
          sqlServer: arguments[1], database: arguments[2], user: arguments[3], table: arguments[4], folder: arguments[5]
        )
      }
    case ("step", 3): try report { try Step.run(database: arguments[1], table: arguments[2]) }
    case ("queue", 2): try report { try Queue.run(tasks: Int(arguments[1]) ?? 0) }
    case ("upload", 4):
      try report { try Upload.run(file: arguments[1], port: arguments[2], caFile: arguments[3]) }
    default:
      FileHandle.standardError.write(
        Data("usage: measure extract|digest|extract-postgresql|extract-sqlserver|step|queue|upload …\n".utf8))
      exit(64)
    }
  }

  private struct Result: Encodable {
    var count: Int
    var cpuSeconds: Double
    var wallSeconds: Double
    var peakBytes: Int
  }

  private static func report(_ work: () throws -> Int) throws {
    let clock = ContinuousClock()
    let began = clock.now
    let before = cpuSeconds()
    let count = try work()
    let took = (clock.now - began).components
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let result = Result(
      count: count, cpuSeconds: cpuSeconds() - before,
      wallSeconds: Double(took.seconds) + Double(took.attoseconds) / 1e18, peakBytes: usage.ru_maxrss * 1024)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }

  /// User and system time of this process so far.
  private static func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
}
