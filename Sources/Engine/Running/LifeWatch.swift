import Logging
import Store

/// Tells the state that the engine lives, hears when it is asked to stop, and ends it when there is nothing left to do.
struct LifeWatch: Sendable {
  let context: EngineContext
  let registration: EngineInfo

  /// Runs until the engine stops.
  func run() async throws {
    var life = EngineLife(context.settings.lifetime)
    var beaten: Milliseconds?
    while !context.isStopping {
      do {
        let now = context.clock.now()
        if beaten.map({ now - $0 >= context.settings.heartbeat || $0 > now }) ?? true {
          try await beat(now: now)
          beaten = now
        }
        try await releaseSnapshots()
        if life.look(hasWork: try await hasWork(), now: now) == .announce, try await leaves(&life) {
          context.logger.info("nothing left to do")
          context.stop()
        }
      } catch let error as StoreError where error.isTransient {
        context.logger.warning("\(error.message)")
      }
      guard !context.isStopping else { return }
      await context.life.wait(milliseconds: interval)
    }
  }

  /// Milliseconds between two looks: short enough to leave in time.
  private var interval: Int {
    switch context.settings.lifetime {
    case .service: context.settings.heartbeat
    case .untilIdle(let patience): min(context.settings.heartbeat, max(50, patience / 2))
    }
  }

  private func beat(now: Milliseconds) async throws {
    let context = context
    let registration = registration
    let known = try await context.store.perform { try $0.heartbeatEngine(id: registration.id, now: now) }
    if let known {
      if known.isStopping { context.stop() }
    } else {
      // Somebody took this process for dead, most likely because it was stopped for long.
      try await register(isStopping: false)
    }
  }

  private func releaseSnapshots() async throws {
    let context = context
    try await context.store.perform { _ in try context.snapshots.releaseUnused() }
  }

  private func hasWork() async throws -> Bool {
    let context = context
    guard context.desk.isEmpty else { return true }
    return try await context.store.perform { _ in try context.hasOpenRun() }
  }

  private func leaves(_ life: inout EngineLife) async throws -> Bool {
    try await register(isStopping: true)
    let leaves = life.confirm(hasWork: try await hasWork())
    if !leaves { try await register(isStopping: false) }
    return leaves
  }

  private func register(isStopping: Bool) async throws {
    var engine = registration
    engine.heartbeat = context.clock.now()
    engine.isStopping = isStopping
    let registered = engine
    try await context.store.perform { try $0.registerEngine(registered) }
  }
}
