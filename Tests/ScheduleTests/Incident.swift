import Faults
import Plans
import Support

/// What goes wrong in a run, and where.
struct Incident {
  enum Kind: CaseIterable {
    /// The engine's process ends.
    case crash
    /// Something that passes by itself.
    case hiccup
    /// Something that does not.
    case failure
    /// The engine stands still for longer than its lease, while another one goes on.
    case standstill
    /// Other programs write.
    case write
  }

  var kind: Kind
  var point: FaultPoint.Name
  /// The reaching of the point at which it happens, counted from 1.
  var count: Int
  private var reached = 0

  static let crashes: [FaultPoint.Name] = [
    .claimAfter, .prepareBeforeCommit, .prepareAfterCommit, .extractAfterFile, .extractAfterCount,
    .extractBeforeComplete, .extractAfterComplete, .loadBeforeBegin, .loadAfterDelete, .loadAfterInsert,
    .loadBeforeCommit, .loadAfterCommit, .loadBeforeComplete, .loadAfterComplete, .finishBeforeCommit,
    .finishAfterCommit, .runBeforeEnd, .runAfterEnd,
  ]

  init(_ kind: Kind, parts: Int, _ random: inout SeededGenerator) {
    self.kind = kind
    let points: [FaultPoint.Name] =
      switch kind {
      case .crash: Self.crashes
      case .hiccup: [.extractAfterCount, .loadBeforeBegin, .loadAfterDelete, .loadAfterInsert, .loadBeforeCommit]
      case .failure: [.extractAfterCount, .loadAfterInsert]
      case .standstill: [.loadBeforeBegin, .loadBeforeBegin, .extractBeforeComplete]
      case .write: [.extractAfterCount, .extractBeforeComplete]
      }
    point = points.randomElement(using: &random)!
    count = random.number(1..<max(2, parts + 1))
  }

  /// Whether it happens now.
  mutating func reaches(_ name: FaultPoint.Name) -> Bool {
    guard name == point else { return false }
    reached += 1
    return reached == count
  }
}

/// The process of an engine ended.
struct Crash: Error {}
