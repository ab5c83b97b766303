import ODBC

extension ExtractionError {
  /// What an error of the server or of the way to it means for the one who runs a migration.
  ///
  /// Told by the server's own number: drivers disagree about SQLSTATEs. Messages that quote values are left out, and their number
  /// is kept.
  static func sqlServer(_ error: ODBCError, at place: String) -> ExtractionError {
    let numbers = error.diagnostics.map(\.native)
    if let known = numbers.lazy.compactMap({ SQLServerFailure.known[$0] }).first {
      let words = known.quotes ? "error \(numbers.first { SQLServerFailure.known[$0] != nil } ?? 0)" : words(error)
      return ExtractionError(
        known.code, at: place, [known.saying, words, known.advice].filter { !$0.isEmpty }.joined(separator: "; "),
        isTransient: known.isTransient)
    }
    if error.call == "SQLDriverConnect" { return opening(error, at: place) }
    if error.state == "22021" {
      return ExtractionError(
        .valueDoesNotFit, at: place,
        "a text is invalid in its encoding; repair it, or leave it out with whereClauseCriteria")
    }
    // FreeTDS has numbers from 20000 for what goes wrong on the way.
    // A reset has not even that: it is an error that nobody has a number or a word for.
    let isNameless = error.state == "HY000" && numbers.allSatisfy { $0 == 0 }
    if isNameless || error.state.hasPrefix("08") || numbers.contains(where: { (20_000..<20_100).contains($0) }) {
      return ExtractionError(.connectionLost, at: place, "the connection broke: \(words(error))", isTransient: true)
    }
    if ["HYT00", "HYT01"].contains(error.state) {
      return ExtractionError(
        .interrupted, at: place, "the server did not answer in time; see statement_timeout_seconds", isTransient: true)
    }
    if error.state == "HY008" {
      return ExtractionError(.interrupted, at: place, "the query was cancelled", isTransient: true)
    }
    if error.state.hasPrefix("22") {
      return ExtractionError(
        .queryFailed, at: place,
        "the server cannot compute with a value (SQLSTATE \(error.state)); look at the filter and at views")
    }
    return ExtractionError(.queryFailed, at: place, words(error))
  }

  /// The server's words and its number.
  private static func words(_ error: ODBCError) -> String {
    let text = error.message.split(separator: "\n").first.map(String.init) ?? error.message
    return error.native == 0 ? text : "\(text) (error \(error.native))"
  }

  private static func opening(_ error: ODBCError, at place: String) -> ExtractionError {
    let text = error.diagnostics.map(\.message).joined(separator: " ")
    if text.contains("ertificate") || text.contains("SSL") || text.contains("ncrypt") || text.contains("TLS") {
      return ExtractionError(
        .cannotOpen, at: place,
        "\(words(error)); check encrypt and trust_server_certificate of the source connection")
    }
    return ExtractionError(
      .cannotOpen, at: place,
      "\(words(error)); check host and port, that the server runs, whether it takes what "
        + "encrypt asks for, and the ca file where freetds.conf names one", isTransient: true)
  }

  /// The driver manager says so in one of two ways, by the driver's name or its file.
  static func isMissingDriver(_ error: ODBCError) -> Bool {
    error.call == "SQLDriverConnect"
      && error.diagnostics.contains { $0.state == "IM002" || $0.message.contains("Can't open lib") }
  }
}

/// The numbers of SQL Server's errors that call for something of their own.
///
/// Source: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
enum SQLServerFailure {
  struct Meaning {
    var code: ExtractionError.Code
    var isTransient = false
    /// Before the server's words.
    var saying = ""
    /// Behind them.
    var advice = ""
    /// The words quote values, and are left out.
    var quotes = false
  }

  static let known: [Int: Meaning] = {
    var known: [Int: Meaning] = [:]
    func add(_ numbers: [Int], _ meaning: Meaning) {
      for number in numbers { known[number] = meaning }
    }
    add(
      [18_452, 18_456, 18_470, 18_486, 18_487, 18_488],
      Meaning(code: .cannotOpen, advice: "check username and password of the source connection"))
    add(
      [911, 4060, 4064, 916],
      Meaning(code: .cannotOpen, advice: "check database of the source connection, and that the login has a user in it")
    )
    add(
      [
        921, 922, 927, 976, 978, 979, 983, 6005, 6006, 10_928, 10_929, 17_142, 18_401, 40_197, 40_501, 40_613, 42_108,
        42_109,
        49_918, 49_919, 49_920,
      ], Meaning(code: .cannotOpen, isTransient: true, saying: "the database is not available now"))
    add([1205], Meaning(code: .busy, isTransient: true, saying: "the query was the victim of a deadlock"))
    add(
      [1222],
      Meaning(
        code: .busy, isTransient: true, saying: "another session locks it",
        advice: "end its transaction, or try again"))
    add(
      [3958, 3966, 3967, 41_302, 41_305, 41_325],
      Meaning(
        code: .busy, isTransient: true, saying: "the server no longer has the versions of rows that the snapshot needs")
    )
    add(
      [3961],
      Meaning(
        code: .busy, isTransient: true, saying: "the table was altered or emptied while it was read"))
    add([208, 4902], Meaning(code: .tableMissing, advice: "make a new plan"))
    add([207], Meaning(code: .shapeChanged, advice: "make a new plan"))
    add([229, 230, 262, 297, 300], Meaning(code: .notAllowed, advice: "grant it to the login"))
    add(
      [596, 233, 10_053, 10_054, 10_060],
      Meaning(code: .connectionLost, isTransient: true, saying: "the connection broke"))
    add(
      [1101, 1105, 9002],
      Meaning(
        code: .queryFailed, isTransient: true, saying: "the server has no room",
        advice: "tempdb or a log is full: make room, or ask for smaller parts with partitionSize"))
    add(
      [701, 802, 8628, 8645, 8651],
      Meaning(
        code: .queryFailed, isTransient: true, saying: "the server is short of memory",
        advice: "try again, or lower max_parallel_tasks"))
    add(
      [220, 232, 241, 242, 244, 245, 248, 295, 296, 2628, 6522, 8114, 8115, 8152, 8169, 9420, 9455],
      Meaning(
        code: .queryFailed, saying: "the server cannot compute with a value",
        advice: "look at the filter, at computed columns and at views", quotes: true))
    return known
  }()
}

/// Runs `body`, telling errors of the driver as errors of this module.
func reachingSQLServer<Result>(at place: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ODBCError {
    throw ExtractionError.sqlServer(error, at: place)
  }
}
