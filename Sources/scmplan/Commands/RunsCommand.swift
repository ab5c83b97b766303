import ArgumentParser
import Engine
import Store

/// `scmplan runs …`: controls runs.
struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists runs; pauses, resumes, cancels or retries one.",
    subcommands: [List.self, Pause.self, Resume.self, Cancel.self, Retry.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists runs, newest first.")
    @Option(help: "Runs of this workflow only.") var workflow: String?
    @Option(help: "At most this many.") var limit = 20
    @OptionGroup var shared: SharedOptions

    func run() throws {
      let runs = try Workspace.store(shared).runs(workflow: workflow, limit: limit)
      let json = try shared.report()
      for run in runs { json?.emit("run", run) }
      shared.text.lines(RunView(style: shared.style, now: currentMilliseconds()).list(runs))
    }
  }

  struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stops giving out a run's parts; what is loaded stays.")
    @Argument(help: ArgumentHelp("The run's number.", valueName: "run")) var id: Int
    @OptionGroup var shared: SharedOptions

    func run() throws {
      let paused = try Workspace.store(shared).pause(run: id, now: currentMilliseconds())
      try shared.report()?.emit("run", paused)
      shared.text.line("Run \(id) is paused. Resume it with: scmplan runs resume \(id)")
    }
  }

  struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a run for good; what is loaded stays.")
    @Argument(help: ArgumentHelp("The run's number.", valueName: "run")) var id: Int
    @OptionGroup var shared: SharedOptions

    func run() throws {
      let store = try Workspace.store(shared)
      var cancelled = try store.cancel(run: id, now: currentMilliseconds())
      if !cancelled.isEnded {
        // Its engine may be gone, and nobody starts another one for a run that is over.
        let dead = try store.engines().filter(\.isDead)
        _ = try store.rescue(now: currentMilliseconds(), deadOwners: Set(dead.map(\.id)))
        cancelled = try store.finishRunIfDone(id, now: currentMilliseconds()) ?? store.run(id)
      }
      try shared.report()?.emit("run", cancelled)
      let left = cancelled.counts.parts - cancelled.counts.loadedParts
      shared.text.line(
        "Run \(id) is cancelled: \(cancelled.counts.loadedParts) parts are loaded, \(left) are not; "
          + "the next plan has those.")
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Goes on with a paused run, or one whose engine is gone.")
    @Argument(help: ArgumentHelp("The run's number.", valueName: "run")) var id: Int
    @Flag(help: "Leave it running in the background.") var detach = false
    @OptionGroup var limit: DurationOption
    @OptionGroup var shared: SharedOptions

    func run() async throws {
      let stopAt = limit.stopAt
      let workspace = try Workspace(shared)
      let store = try workspace.openStore()
      let resumed = try store.resume(run: id, stopAt: stopAt, now: currentMilliseconds())
      try await RunSession(workspace: workspace, store: store, shared: shared).follow(resumed, detach: detach)
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Does again what failed in an ended run, and only that.")
    @Argument(help: ArgumentHelp("The run's number.", valueName: "run")) var id: Int
    @Flag(help: "Leave it running in the background.") var detach = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
      let workspace = try Workspace(shared)
      let store = try workspace.openStore()
      let opened = try store.retry(run: id, now: currentMilliseconds())
      try await RunSession(workspace: workspace, store: store, shared: shared).follow(opened, detach: detach)
    }
  }
}
