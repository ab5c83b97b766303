/// `data` of the answer to a statement; every field may be missing.
struct QueryAnswer: Decodable, Sendable {
  struct Chunk: Decodable, Hashable, Sendable {
    let url: String
    let rowCount: Int
    let uncompressedSize: Int?
    let compressedSize: Int?
  }

  struct Context: Decodable, Sendable {
    let entries: [QueryContext.Entry]?
  }

  let queryId: String?
  let sqlState: String?
  let parameters: [ReportedParameter]?
  let rowtype: [ResultColumn]?
  let rowset: [[String?]]?
  let rowsetBase64: String?
  let total: Int?
  let statementTypeId: Int64?
  let queryResultFormat: String?
  let chunks: [Chunk]?
  let chunkHeaders: [String: String]?
  let qrmk: String?
  let getResultUrl: String?
  let resultIds: String?
  let numberOfBinds: Int?
  let finalDatabaseName: String?
  let finalSchemaName: String?
  let finalWarehouseName: String?
  let finalRoleName: String?
  let queryContext: Context?

  /// An answer without content.
  static let empty = QueryAnswer(
    queryId: nil, sqlState: nil, parameters: nil, rowtype: nil, rowset: nil, rowsetBase64: nil,
    total: nil, statementTypeId: nil, queryResultFormat: nil, chunks: nil, chunkHeaders: nil, qrmk: nil,
    getResultUrl: nil, resultIds: nil, numberOfBinds: nil, finalDatabaseName: nil, finalSchemaName: nil,
    finalWarehouseName: nil, finalRoleName: nil, queryContext: nil)
}
