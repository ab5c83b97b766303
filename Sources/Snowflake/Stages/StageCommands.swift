package import HTTP

/// The statements about stages, and who runs them.
package protocol StageCommands: Sendable {
  /// Runs `PUT` or `GET` and gives the answer as it came.
  func transfer(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [UInt8]

  /// Runs `LIST` or `REMOVE` and gives the rows by the names of their columns.
  func table(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [[String: String]]
}
