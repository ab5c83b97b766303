import Postgres

extension ExtractionError {
  /// What an error of the server or of the way to it means for the one who runs a migration.
  ///
  /// Messages about values (class 22) quote them, so of those only the SQLSTATE is kept.
  static func postgres(_ error: PostgresError, at place: String) -> ExtractionError {
    let state = error.sqlState ?? ""
    switch (error.code, state.prefix(2)) {
    case (_, "42") where state == "42501":
      return ExtractionError(
        .notAllowed, at: place, "\(error); grant the login SELECT on it and USAGE on its schema")
    case (_, "42") where state == "42P01":
      return ExtractionError(.tableMissing, at: place, "\(error); make a new plan")
    case (_, "42") where state == "42703":
      return ExtractionError(.shapeChanged, at: place, "\(error); make a new plan")
    case (_, "57") where state == "57014":
      return ExtractionError(
        .interrupted, at: place,
        "the server ended the query (SQLSTATE 57014): somebody cancelled it, or statement_timeout passed",
        isTransient: true)
    case (_, "55") where state == "55P03":
      return ExtractionError(
        .busy, at: place, "another session locks it (SQLSTATE 55P03); end its transaction, or try again",
        isTransient: true)
    case (_, "22") where state == "22021":
      return ExtractionError(
        .valueDoesNotFit, at: place,
        "a text has bytes that are none of its encoding (SQLSTATE 22021); repair it, or leave it out with whereClauseCriteria"
      )
    case (_, "22") where state == "22P05":
      return ExtractionError(
        .valueDoesNotFit, at: place,
        "a text has a character of the database's encoding that UTF-8 has none for (SQLSTATE 22P05); repair it, or leave it out "
          + "with whereClauseCriteria")
    case (_, "22"):
      return ExtractionError(
        .queryFailed, at: place,
        "the server cannot compute with a value (SQLSTATE \(state)); look at the filter and at views")
    case (.notConnected, _), (.timeout, _):
      return ExtractionError(
        .cannotOpen, at: place, "\(error); check host and port, and that the server runs", isTransient: true)
    case (.refused, _):
      return ExtractionError(
        .cannotOpen, at: place, "\(error); \(advice(state, error.message))", isTransient: error.isTransient)
    case (.lost, _):
      return ExtractionError(.connectionLost, at: place, "the connection broke: \(error)", isTransient: true)
    case (.protocolBroken, _):
      return ExtractionError(
        .queryFailed, at: place, "\(error); is it a PostgreSQL server, without a pooler in between?")
    case (.server, _):
      return ExtractionError(.queryFailed, at: place, "\(error)", isTransient: error.isTransient)
    }
  }

  /// What to do about a login that was refused.
  private static func advice(_ state: String, _ message: String) -> String {
    switch state.isEmpty ? Self.state(of: message) : state {
    case "28P01": return "check username and password of the source connection"
    case "28000": return "check username, and what pg_hba.conf of the server asks for; sslmode = \"require\" encrypts"
    case "3D000": return "check database of the source connection"
    case "53300": return "the server is full: try again, or lower max_parallel_tasks"
    default: break
    }
    if message.contains("password") { return "give the source connection a password" }
    return message.contains("ertificate") || message.contains("SSL")
      ? "check sslmode and sslrootcert of the source connection" : "check the source connection"
  }
}

extension ExtractionError {
  /// The SQLSTATE of a refused login that a driver kept to itself, by the server's own words in English.
  private static func state(of message: String) -> String {
    switch message {
    case _ where message.contains("authentication failed"): "28P01"
    case _ where message.contains("pg_hba.conf"), _ where message.contains("role \""): "28000"
    case _ where message.contains("database \"") && message.contains("does not exist"): "3D000"
    default: ""
    }
  }
}

/// Runs `body`, telling errors of the server as errors of this module.
func reachingPostgres<Result>(at place: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as PostgresError {
    throw ExtractionError.postgres(error, at: place)
  }
}
