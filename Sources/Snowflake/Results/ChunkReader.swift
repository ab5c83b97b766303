import Foundation
import HTTP
import Parquet

/// The parts of a result that the server put beside the answer, read one after the other.
///
/// Their addresses are signed and die after some hours; then fresh ones are asked for by the query's id.
struct ChunkReader {
  /// Unpacked bytes of one chunk that are taken at the most; servers make them of some tens of MB.
  private static let limit = 1 << 30
  private static let mostRefreshes = 3

  private var chunks: [QueryAnswer.Chunk]
  private var headers: HTTPHeaders
  private let isArrow: Bool
  private var next = 0

  init(_ answer: QueryAnswer) {
    chunks = answer.chunks ?? []
    headers = Self.headers(answer)
    isArrow = answer.queryResultFormat?.lowercased() == "arrow"
  }

  /// The next chunk's rows; nil after the last.
  mutating func next(
    _ session: SnowflakeSession, columns: [ResultColumn], queryID: String?, cancellation: Cancellation?
  ) throws(SnowflakeError) -> [[String?]]? {
    while next < chunks.count {
      let rows = try read(session, columns: columns, queryID: queryID, cancellation: cancellation)
      next += 1
      if !rows.isEmpty { return rows }
    }
    return nil
  }

  private mutating func read(
    _ session: SnowflakeSession, columns: [ResultColumn], queryID: String?, cancellation: Cancellation?
  ) throws(SnowflakeError) -> [[String?]] {
    let surroundings = session.surroundings
    var retries = RetryState(session.settings.retries, now: surroundings.elapsed())
    var refreshes = 0
    while true {
      var failure: SnowflakeError
      do {
        let request = HTTPRequest(
          .get, chunks[next].url, headers: headers, destination: .memory(limit: Self.limit), acceptsCompression: true)
        let response = try session.wire.send(request, cancellation: cancellation)
        if response.status == 200 {
          switch decode(response.body, columns, queryID) {
          case .success(let rows): return rows
          case .failure(let error): failure = error
          }
        } else if response.status == 403, let queryID, refreshes < Self.mostRefreshes {
          refreshes += 1
          try refresh(session, queryID, cancellation)
          continue
        } else {
          failure = error(
            HTTPStatus.mayPass(response.status) ? .transient : .unexpectedAnswer,
            "HTTP status \(response.status) for chunk \(next)", queryID)
        }
      } catch let broken as HTTPError {
        failure = error(SnowflakeError(broken, operation: "").kind, "chunk \(next) did not arrive", queryID, broken)
      } catch let lost as SnowflakeError {
        throw lost
      } catch {
        throw self.error(.unexpectedAnswer, "an unknown failure", queryID, error)
      }
      let mayPass = failure.kind == .transient || failure.kind == .unexpectedAnswer
      guard mayPass, let delay = retries.delay(now: surroundings.elapsed(), random: surroundings.random) else {
        throw failure
      }
      surroundings.wait(delay, cancellation)
    }
  }

  /// Asks for fresh addresses of the same chunks.
  private mutating func refresh(
    _ session: SnowflakeSession, _ queryID: String, _ cancellation: Cancellation?
  ) throws(SnowflakeError) {
    var runner = StatementRunner(session, resultOf: queryID, cancellation: cancellation)
    let answer: QueryAnswer
    do {
      answer = try runner.run().answer
    } catch {
      throw self.error(error.kind, "fresh addresses of its chunks were refused", queryID, error)
    }
    let fresh = answer.chunks ?? []
    guard fresh.map(\.rowCount) == chunks.map(\.rowCount) else {
      throw error(.unexpectedAnswer, "the result has other chunks than before", queryID)
    }
    chunks = fresh
    headers = Self.headers(answer)
  }

  private func decode(
    _ body: [UInt8], _ columns: [ResultColumn], _ queryID: String?
  ) -> Result<[[String?]], SnowflakeError> {
    do {
      let bytes = Gzip.isPacked(body) ? try Gzip.unpack(body, limit: Self.limit) : body
      let rows =
        isArrow
        ? try ArrowRows.read(bytes, columns: columns, queryID: queryID)
        // Rows come without the brackets around them.
        : try JSONDecoder().decode([[String?]].self, from: Data([UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")]))
      guard rows.count == chunks[next].rowCount, rows.allSatisfy({ $0.count == columns.count }) else {
        return .failure(
          error(
            .unexpectedAnswer, "chunk \(next) has \(rows.count) rows where \(chunks[next].rowCount) were promised",
            queryID))
      }
      return .success(rows)
    } catch let error as SnowflakeError {
      return .failure(error)
    } catch let damage as ParquetError {
      return .failure(error(.unexpectedAnswer, "chunk \(next) is damaged", queryID, damage))
    } catch {
      // What the decoder says could quote a value.
      return .failure(self.error(.unexpectedAnswer, "chunk \(next) is no JSON", queryID))
    }
  }

  private func error(
    _ kind: SnowflakeError.Kind, _ message: String, _ queryID: String?, _ underlying: (any Error)? = nil
  ) -> SnowflakeError {
    SnowflakeError(
      kind, outcome: .executed, operation: "read the result", message: message, queryID: queryID,
      underlying: underlying)
  }

  /// The headers the answer names, or else the key under which S3 holds the chunks.
  private static func headers(_ answer: QueryAnswer) -> HTTPHeaders {
    var headers = HTTPHeaders()
    if let named = answer.chunkHeaders, !named.isEmpty {
      for (name, value) in named.sorted(by: { $0.key < $1.key }) { headers[name] = value }
    } else if let key = answer.qrmk, !key.isEmpty {
      headers["x-amz-server-side-encryption-customer-algorithm"] = "AES256"
      headers["x-amz-server-side-encryption-customer-key"] = key
    }
    return headers
  }
}
