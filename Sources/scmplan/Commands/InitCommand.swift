import ArgumentParser
import Catalogs
import Engine
import Extraction
import Foundation
import Workflows

/// `scmplan init WF`: writes a first workflow for the tables that the source has.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Writes a workflow for the tables of the source.",
    discussion: """
      The names come from the source's catalog; choose among them with patterns:
        scmplan init wf.json --target 'dbo.*' --exclude '*_backup' --target-database ANALYTICS
      Read what it wrote, change what you like, then: scmplan plan wf.json
      """)

  @Argument(help: "The workflow file to write; it must not be there yet.")
  var workflow: String

  @OptionGroup var selection: PatternOptions
  @OptionGroup var shared: SharedOptions

  @Option(name: .customLong("target-database"), help: "The database of the target's tables.")
  var targetDatabase: String?

  @Option(name: .customLong("target-schema"), help: "The schema of the target's tables; else the source's name for it.")
  var targetSchema: String?

  @Option(help: "How tables are kept in step: none, or checksum.")
  var strategy: StartStrategy = .checksum

  @Option(name: .customLong("connection-name"), help: "The target connection, where there are several.")
  var connectionName: String?

  @Option(name: .customLong("source-platform"), help: "The source connection or its platform, where there are several.")
  var sourcePlatform: String?

  @Flag(help: "Views too, each loaded as a table.")
  var views = false

  func run() throws {
    _ = try WorkflowFile.name(of: workflow, given: nil)
    guard !FileManager.default.fileExists(atPath: workflow) else {
      throw Failure(.error, "\(workflow) is there already", "Name another file, or move that one away.")
    }
    let workspace = try Workspace(shared)
    var options = WorkflowOptions()
    options.connectionName = connectionName
    options.sourcePlatform = sourcePlatform
    let (source, target) = try options.connections(of: workspace.configuration)
    let opener = ConnectionOpener(configuration: workspace.configuration, resolver: ReferenceValues())
    let tables = try opener.source(try opener.endpoint(source)).allTables()
    let chosen = tables.filter { table in
      (views || table.kind == .table) && WorkflowStarter.canWrite(table.name)
        && selection.selection.includes(source: table.name, target: table.name)
    }
    for table in tables where !WorkflowStarter.canWrite(table.name) {
      Output.error.line("warning: \(Printable.plain(table.name.short)) is left out: its name has a control character")
    }
    guard !chosen.isEmpty else {
      throw Failure(
        .error, "none of the \(Numbers.plural(tables.count, "table")) of \(source.name) is meant",
        "Check --target and --exclude: " + tables.prefix(5).map(\.name.short).joined(separator: ", ")
          + (tables.count > 5 ? " and others can be read." : " can be read."))
    }
    let starter = WorkflowStarter(
      source: source.platform, target: target.platform, targetDatabase: targetDatabase, targetSchema: targetSchema,
      strategy: strategy.value)
    try write(starter.text(chosen.map(\.name).sorted()))
    try shared.report()?.emit("summary", Summary(workflow: workflow, tables: chosen.count))
    shared.text.lines([
      "\(workflow): \(Numbers.plural(chosen.count, "table")) of \(source.platform.title) for \(target.platform.title).",
      "Read it, then see what would happen:", "  scmplan plan \(workflow)",
    ])
  }

  /// Makes the file, and never writes over one that has come meanwhile.
  private func write(_ text: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: workflow), options: .withoutOverwriting)
    } catch {
      throw Failure(
        .error, "\(workflow) cannot be written: \((error as NSError).localizedDescription)",
        "Name a place you may write to.")
    }
  }

  private struct Summary: Encodable {
    var workflow: String
    var tables: Int
  }
}

/// The strategies that need no word about a table's columns.
enum StartStrategy: String, ExpressibleByArgument, CaseIterable {
  case none, checksum

  var value: Synchronization.Strategy { self == .none ? .none : .checksum }
}

/// Which of the source's tables a first workflow is for.
struct PatternOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only this table; a glob, repeatable.", valueName: "table"))
  var target: [String] = []

  @Option(help: ArgumentHelp("Not this table; a glob, repeatable.", valueName: "table"))
  var exclude: [String] = []

  var selection: TableSelection { TableSelection(targets: target, excludes: exclude) }
}
