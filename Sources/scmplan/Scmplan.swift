import ArgumentParser
import Foundation

/// The command line.
@main
struct Scmplan: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "scmplan",
    abstract: "Moves tables into a warehouse the way Terraform changes infrastructure: plan, review, apply, refresh.",
    discussion: """
      Start with a workflow file and a configuration.toml:
        scmplan plan wf.json        shows what would move and why, and saves the plan
        scmplan apply wf.json       does it in the background, and follows it
        scmplan refresh wf.json     brings over what changed since
        scmplan show                tells where things stand
      """,
    version: version,
    subcommands: [
      InitCommand.self, ValidateCommand.self, CheckCommand.self, PlanCommand.self, ApplyCommand.self,
      RefreshCommand.self, VerifyCommand.self,
      ShowCommand.self,
      RunsCommand.self, StateCommand.self, UnlockCommand.self, OrchestratorCommand.self, WorkerCommand.self,
      SetupSQLCommand.self, EngineCommand.self,
    ])

  /// A reader that went away must not end a command half way: writes then fail, and ``Output`` goes silent.
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.end(with: error)
    }
  }
}
