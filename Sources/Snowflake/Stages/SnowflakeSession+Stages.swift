package import HTTP

extension SnowflakeSession: StageCommands {
  package func transfer(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [UInt8] {
    let result = try run(Statement(sql, isFileTransfer: true), cancellation: cancellation)
    return result.body ?? []
  }

  package func table(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [[String: String]] {
    let result = try run(Statement(sql), cancellation: cancellation)
    let names = result.columns.map(\.name)
    return try result.allRows().map { row in
      Dictionary(zip(names, row).compactMap { name, value in value.map { (name, $0) } }) { first, _ in first }
    }
  }
}
