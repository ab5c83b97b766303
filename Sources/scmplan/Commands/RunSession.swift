import Engine
import Foundation
import Plans
import Store

/// Hands a run to the background engine and follows it to its end.
struct RunSession {
  var workspace: Workspace
  var store: Store
  var shared: SharedOptions
  /// Steps and end are the caller's to tell.
  var isQuiet = false

  /// Follows `run` until it ends, or leaves it to the engine, and says how it ended.
  ///
  /// An interrupt (Ctrl-C) pauses the run.
  ///
  /// - Throws: ``Failure`` with the exit code that the end of the run calls for.
  func follow(_ run: Run, detach: Bool) async throws {
    let json = try shared.report()
    guard !detach || run.isEnded else {
      json?.emit("run", run)
      _ = try await launcher.ensureEngine()
      return say("Run \(run.id) goes on in the background (scmplan show \(run.id)).")
    }
    let summary = try await follow(run, json)
    shared.text.lines(SummaryView(summary, style: shared.style).lines)
    try Self.checkEnd(of: summary.run)
  }

  /// Follows `run` until it ends, however that is.
  func follow(_ run: Run, _ json: JSONReport?) async throws -> RunSummary {
    json?.emit("run", run)
    let summary = try await run.isEnded ? ended(run.id) : watch(run.id, json)
    json?.emit("summary", SummaryLine(summary))
    return summary
  }

  /// - Throws: ``Failure`` with the exit code of a run that did not come to a good end.
  static func checkEnd(of run: Run) throws {
    switch run.state {
    case .completed: return
    case .paused where run.stopAt != nil: throw Failure.silent(.changes)
    case .paused: throw Failure.silent(.interrupted)
    case .completedWithErrors, .failed: throw Failure.silent(.failedParts)
    default: throw Failure.silent(.error)
    }
  }

  private func watch(_ run: Int, _ json: JSONReport?) async throws -> RunSummary {
    // Heard from here on: an engine takes its time to start, and Ctrl-C means a pause then, too.
    let interrupt = Interrupt()
    defer { interrupt.stop() }
    _ = try await launcher.ensureEngine()
    say("Run \(run) started in the background (scmplan show \(run)). Ctrl-C pauses it.")
    let view = ProgressView(output: .standard, style: shared.style, isSilent: isQuiet || shared.json)
    let follower = RunFollower(store: store, run: run, launcher: launcher, stage: stage)
    var isPausing = false
    let summary = try await follower.follow { snapshot in
      view.show(snapshot)
      json?.emit("progress", ProgressLine(snapshot))
      if interrupt.wasRaised, !isPausing {
        isPausing = true
        _ = try await store.perform { try $0.pause(run: run, now: currentMilliseconds()) }
      }
    }
    view.close()
    return summary
  }

  private func ended(_ run: Int) throws -> RunSummary {
    try RunSummary(run: run, store: store, stage: stage, now: currentMilliseconds())
  }

  private func say(_ text: String) {
    if !isQuiet { shared.text.line(text) }
  }

  private var stage: String { workspace.folder + "/stage" }

  private var launcher: EngineLauncher {
    EngineLauncher(
      store: store,
      arguments: EngineLauncher.arguments(state: workspace.state.path, configuration: workspace.configurationPath),
      logs: workspace.folder + "/logs")
  }
}
