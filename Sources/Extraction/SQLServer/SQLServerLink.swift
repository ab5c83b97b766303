import ODBC

/// A connection to SQL Server, and what the dialect asks of it.
final class SQLServerLink {
  typealias Wait = ODBCRunner.Wait

  /// Rows of a result, values as text.
  struct Rows {
    var values: [[String?]] = []
    var count: Int { values.count }
    func text(_ row: Int, _ column: Int) -> String? { values[row][column] }
    func integer(_ row: Int, _ column: Int) -> Int? { values[row][column].flatMap { Int($0) } }
    func flag(_ row: Int, _ column: Int) -> Bool { values[row][column] == "1" }
  }

  private let runner: ODBCRunner
  /// Behind every query that may take long.
  let option: String

  /// - Throws: ``ExtractionError`` `cannotOpen`, transient where trying again may help.
  init(_ settings: SQLServerSettings, at place: String) throws {
    let names = (try? ODBCEnvironment.shared().drivers()) ?? []
    let asked = settings.driver ?? ODBCConnectionString.value(of: "driver", in: settings.raw)
    let isNamed = ODBCConnectionString.value(of: "dsn", in: settings.raw) != nil
    let driver =
      isNamed && asked == nil
      ? SQLServerDriver("a DSN") : try SQLServerDriver.chosen(asked: asked, among: names, at: place)
    if driver.kind == .freeTDS, settings.trustsServerCertificate == false {
      throw ExtractionError(
        .cannotOpen, at: place,
        "FreeTDS encrypts without asking whose certificate it is, so trust_server_certificate = false cannot be kept; use "
          + "Microsoft's driver, or take the key out")
    }
    do {
      let connection = try ODBCConnection(settings.string(for: driver), loginTimeout: settings.connectTimeout)
      if let obstacle = SQLServerDriver.obstacle(
        file: try connection.driverName(), version: try connection.driverVersion())
      {
        throw ExtractionError(.cannotOpen, at: place, obstacle)
      }
      runner = ODBCRunner(connection, timeout: settings.statementTimeout > 0 ? settings.statementTimeout : nil)
    } catch let error as ODBCError where ExtractionError.isMissingDriver(error) {
      throw SQLServerDriver.missing(driver.name, among: names, at: place)
    } catch let error as ODBCError {
      throw ExtractionError.sqlServer(error, at: place)
    }
    option = settings.maxDOP > 0 ? " OPTION (MAXDOP \(settings.maxDOP))" : ""
  }

  /// Runs statements that bring no rows.
  func execute(_ sql: String, wait: Wait = {}) throws {
    let statement = try runner.open(sql, wait: wait)
    while try statement.moreResults() {}
  }

  func query(_ sql: String, wait: Wait = {}) throws -> Rows {
    var rows = Rows()
    try runner.each(sql, wait: wait) { row, _ in rows.values.append(row) }
    return rows
  }

  /// Runs a query and hands over each row, so that no result need be held whole.
  func each(_ sql: String, _ body: ([String?]) throws -> Void) throws {
    try runner.each(sql, wait: {}) { row, _ in try body(row) }
  }

  /// A statement that runs `sql`, whose rows are then the caller's.
  func open(_ sql: String, wait: Wait) throws -> ODBCStatement { try runner.open(sql, wait: wait) }
}
