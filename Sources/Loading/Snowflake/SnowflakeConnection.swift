/// What a load needs of an account: statements one after the other in one session, and files in a stage.
///
/// Narrow on purpose: the session's loss, late answers and repetitions can be driven by a test.
package protocol SnowflakeConnection: AnyObject {
  /// The number of the session, by which another session can end it; logs in where there is none.
  ///
  /// - Throws: `SnowflakeError`.
  func sessionID() throws -> String

  /// Runs one statement under a query tag.
  ///
  /// - Throws: `SnowflakeError`, whose outcome says whether the statement may have run.
  func run(_ sql: String, tag: String) throws -> SnowflakeRows

  /// Runs one statement under a query tag and hands over its rows batch by batch, with the types of their columns.
  ///
  /// - Throws: `SnowflakeError`; what `body` throws.
  func stream(_ sql: String, tag: String, _ body: ([String], [[String?]]) throws -> Void) throws

  /// Puts local files into a folder of a stage, under these names, its statements under a query tag.
  ///
  /// - Throws: `SnowflakeError`.
  func upload(_ files: [(path: String, name: String)], to folder: String, tag: String) throws

  /// Gets the files of a folder of a stage into a local folder; their paths there.
  ///
  /// - Throws: `SnowflakeError`.
  func download(_ stageFolder: String, into folder: String) throws -> [String]

  /// Who logs in and with what names, as the settings say.
  var login: SnowflakeLogin { get }

  /// Another connection of the same user, with a session of its own.
  func another() -> any SnowflakeConnection

  /// Ends the session, and with it an open transaction; the next statement logs in anew.
  func leave()
}

/// The names that a connection's settings give: nothing secret.
package struct SnowflakeLogin: Hashable, Sendable {
  /// `https://host:port`.
  package var address: String
  package var user: String?
  package var role: String?
  package var warehouse: String?
  package var database: String?
  package var schema: String?

  package init(
    address: String, user: String? = nil, role: String? = nil, warehouse: String? = nil, database: String? = nil,
    schema: String? = nil
  ) {
    self.address = address
    self.user = user
    self.role = role
    self.warehouse = warehouse
    self.database = database
    self.schema = schema
  }
}

/// The answer to a statement, as text.
package struct SnowflakeRows: Sendable {
  package var columns: [String]
  package var rows: [[String?]]

  package init(columns: [String], rows: [[String?]]) {
    self.columns = columns
    self.rows = rows
  }

  /// Rows by the names of their columns in lower case: some answers have other columns than others.
  package var named: [[String: String]] {
    let names = columns.map { $0.lowercased() }
    return rows.map { row in
      Dictionary(zip(names, row).compactMap { name, value in value.map { (name, $0) } }) { first, _ in first }
    }
  }

  /// The one number of an answer of one row.
  package var number: Int? { rows.first?.first.flatMap { $0 }.flatMap { Int($0) } }

  /// The rows that a statement reports of one kind: `number of rows deleted`.
  package func count(_ kind: String) -> Int? { named.first?["number of rows \(kind)"].flatMap { Int($0) } }
}
