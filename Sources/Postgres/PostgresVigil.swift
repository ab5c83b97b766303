/// Watches over a server that says nothing: whether it still works for this connection, or the way to it is frozen.
///
/// TCP notices a machine that is gone, but not one that takes every packet and answers none, as a load balancer does whose
/// program hangs. A server may well be silent for hours, so silence alone proves nothing: another connection asks.
struct PostgresVigil {
  /// What another connection learns of this one's session.
  enum Answer: Equatable {
    /// It is busy with the statement.
    case works
    /// It waits for this side, which hears nothing of it.
    case waits
    /// There is no such session.
    case gone
    /// Nobody could be asked.
    case unreachable

    /// What to say when it stays so.
    var words: String {
      switch self {
      case .works: "the server works"
      case .waits: "nothing comes through any more, though the server waits for this side"
      case .gone: "the server has no such session any more"
      case .unreachable: "the server is silent and cannot be reached any more"
      }
    }
  }

  /// Milliseconds of silence after which the server is asked; nil asks nobody.
  var interval: Int64?
  /// Milliseconds of silence after which nothing is hoped for; nil for no limit.
  var patience: Int64?
  private let start: Int64
  private var asked: Int64
  private var isWarned = false

  init(_ settings: PostgresSettings, now: Int64) {
    interval = settings.silence.map { Int64($0) * 1000 }
    patience = settings.patience.map { Int64($0) * 1000 }
    start = now
    asked = now
  }

  /// To be called while the server is silent.
  ///
  /// One bad answer may be out of date when it arrives: what it tells must be so again after the next interval.
  ///
  /// - Returns: why the connection is to be given up; nil to go on.
  mutating func verdict(now: Int64, ask: () -> Answer) -> String? {
    if let patience, now - start >= patience { return "the server said nothing for \(patience / 1000) s" }
    guard let interval, now - asked >= interval else { return nil }
    let answer = ask()
    asked = now
    guard answer != .works else {
      isWarned = false
      return nil
    }
    defer { isWarned = true }
    return isWarned ? answer.words : nil
  }
}

extension PostgresConnection {
  /// Asks the server, over a connection that is made for it, what it does for this one.
  func askAbout() -> PostgresVigil.Answer {
    var settings = settings
    (settings.silence, settings.patience) = (nil, settings.connectTimeout)
    settings.applicationName += " (asks for another)"
    do {
      let other = try PostgresConnection(settings)
      let row = try other.query(
        "SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client' FROM pg_stat_activity WHERE pid = $1::int",
        ["\(backend)"])
      return row.rows == 0 ? .gone : row.flag(0, 0) ? .works : .waits
    } catch let error as PostgresError {
      // A server that is full, or starts, is there.
      return error.sqlState == nil ? .unreachable : .works
    } catch {
      return .unreachable
    }
  }
}
