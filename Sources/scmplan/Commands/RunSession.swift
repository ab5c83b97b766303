import Engine
import Foundation
import Plans
import Store

/// Hands a run to the background engine and follows it to its end.
struct RunSession {
  var workspace: Workspace
  var store: Store
  var shared: SharedOptions
  /// The terminal shows every step; otherwise only how it ended.
  var isQuiet = false

  /// Follows `run` until it ends, or leaves it to the engine.
  ///
  /// An interrupt (Ctrl-C) pauses the run.
  ///
  /// - Returns: how the run ended; nil when it was left in the background.
  /// - Throws: ``Failure`` with the exit code that the end of the run calls for.
  @discardableResult
  func follow(_ run: Run, detach: Bool) async throws -> RunSummary? {
    let json = try shared.report()
    json?.emit("run", run)
    guard !run.isEnded else { return try end(summary(run.id), json) }
    // Heard from here on: an engine takes its time to start, and Ctrl-C means a pause then, too.
    let interrupt = Interrupt()
    defer { interrupt.stop() }
    _ = try await launcher.ensureEngine()
    if detach {
      say("Run \(run.id) goes on in the background (scmplan show \(run.id)).")
      return nil
    }
    say("Run \(run.id) started in the background (scmplan show \(run.id)). Ctrl-C pauses it.")
    let view = ProgressView(output: .standard, style: shared.style, isSilent: isQuiet || shared.json)
    let follower = RunFollower(store: store, run: run.id, launcher: launcher, stage: stage)
    var isPausing = false
    let summary = try await follower.follow { snapshot in
      view.show(snapshot)
      json?.emit("progress", ProgressLine(snapshot))
      if interrupt.wasRaised, !isPausing {
        isPausing = true
        _ = try await store.perform { try $0.pause(run: run.id, now: currentMilliseconds()) }
      }
    }
    view.close()
    return try end(summary, json)
  }

  /// What to say at the end, and the exit code.
  private func end(_ summary: RunSummary, _ json: JSONReport?) throws -> RunSummary {
    json?.emit("summary", SummaryLine(summary))
    if !isQuiet, !shared.json {
      Output.standard.line(SummaryView(summary, style: shared.style).lines.joined(separator: "\n"))
    }
    switch summary.run.state {
    case .completed: return summary
    case .paused: throw Failure.silent(.interrupted)
    case .completedWithErrors, .failed: throw Failure.silent(.failedParts)
    default: throw Failure.silent(.error)
    }
  }

  private func summary(_ run: Int) throws -> RunSummary {
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
