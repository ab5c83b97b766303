import Extraction
import Foundation
import Loading
import Logging
import Plans
import SQL
import Store

@testable import Engine

/// An engine whose threads a test is: the real state, lanes and sessions, one task at a time, in an order that a seed decides.
///
/// What an engine does by the clock alone (heartbeats, looking for work) is done by whoever plays it.
final class PlayedEngine: Sendable {
  static let lease = 30_000

  let id: String
  /// A connection to the state of its own, which ends with it.
  let store: Store
  private let context: EngineContext
  private let extract: ExtractLane
  private let load: LoadLane

  init(_ id: String, state: String, stage: String, sessions: any SessionOpener, clock: EngineClock) throws {
    self.id = id
    store = try Store(path: state, durability: .normal)
    var settings = EngineSettings(
      kind: .engine, lifetime: .service, stage: stage, parallelTasks: 1, lease: Self.lease,
      // No wait is drawn, so that a seed tells everything.
      retries: RetryPolicy(base: 0, cap: 0))
    settings.memory = 16 << 20
    var logger = Logger(label: "schedule")
    logger.logLevel = ProcessInfo.processInfo.environment["SCMPLAN_SEED"] == nil ? .critical : .debug
    context = EngineContext(
      store: store, sessions: sessions, settings: settings, clock: clock, logger: logger, id: id)
    extract = ExtractLane(context, number: 1)
    load = LoadLane(context, number: 1)
  }

  deinit { try? store.close() }

  func carryOut(_ task: ClaimedTask) async {
    if task.kind == .extract { await extract.carryOut(task) } else { await load.carryOut(task) }
  }

  /// What an engine does with time to spare: it lets go of snapshots that nobody needs.
  func rest() throws { try context.snapshots.releaseUnused() }

  /// From now on the state hears nothing of this engine: what it has in hand comes to nothing, as in a process that is gone.
  func die() { try? store.close() }
}

/// Opens what a bed has.
struct BedOpener: SessionOpener {
  let bed: any Bed

  func source(_ endpoint: Endpoint) throws -> any SourceSession { try bed.openSource() }
  func target(_ endpoint: Endpoint) throws -> any TargetSession { try bed.openTarget() }
  func reporter(_ endpoint: Endpoint) throws -> (any RunReporter)? { nil }
}
