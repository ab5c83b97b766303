import Foundation
import Snowflake
import Support
import Synchronization
import Testing

/// Threads that share a session.
struct SessionThreadsTests {
  @Test func manyThreadsWhoseTokenExpiredRenewItOnce() throws {
    let waiting = DispatchSemaphore(value: 0)
    let held = Mutex(0)
    let account = try Account { request, _ in
      guard request.path == "/queries/v1/query-request",
        request.headers["authorization"] == #"Snowflake Token="s1.0""#
      else { return nil }
      // All eight are refused at the same moment, so that each wants to renew.
      let count = held.withLock { count in
        count += 1
        return count
      }
      if count == 8 { for _ in 0..<7 { waiting.signal() } } else { waiting.wait() }
      return .refusal("390112")
    }
    let session = try account.open()
    let results = Mutex<[[[String?]]]>([])
    let finished = DispatchGroup()
    for _ in 0..<8 {
      finished.enter()
      Thread {
        if let rows = try? session.rows("select 1") { results.withLock { $0.append(rows) } }
        finished.leave()
      }.start()
    }
    finished.wait()
    #expect(results.withLock { $0 } == Array(repeating: [["ok"]], count: 8))
    #expect(account.requests("/session/token-request").count == 1)
    #expect(Set(account.queries.compactMap { $0.query["requestId"] }).count == 8)
  }

  @Test func theHeartbeatGoesOnUntilTheSessionEnds() async throws {
    let account = try Account { request, number in
      guard request.path == "/session/heartbeat" else { return nil }
      return number == 2 ? .refusal("390111") : nil
    }
    let session = try account.open()
    #expect(session.state.heartbeatInterval == 3_600_000)
    session.startKeepAlive(every: 1)
    // The third is told that the session is gone: there is no fourth.
    _ = try await waiting(for: "the session to be lost") { session.isLost ? true : nil }
    #expect(account.requests("/session/heartbeat").count == 3)
  }

  @Test func aThreadThatWaitsForTheSameRenewalFailsWithIt() throws {
    let account = try Account { request, _ in
      switch request.path {
      case "/queries/v1/query-request": .refusal("390112")
      case "/session/token-request": .refusal("390114")
      default: nil
      }
    }
    let session = try account.open()
    let losses = Mutex(0)
    let finished = DispatchGroup()
    for _ in 0..<4 {
      finished.enter()
      Thread {
        do {
          _ = try session.rows("select 1")
        } catch let error as SnowflakeError {
          if error.kind == .sessionLost { losses.withLock { $0 += 1 } }
        } catch {}
        finished.leave()
      }.start()
    }
    finished.wait()
    #expect(losses.withLock { $0 } == 4)
    #expect(account.requests("/session/token-request").count == 1)
  }
}
