import ArgumentParser
import Catalogs
import Engine
import Foundation
import Logging
import Workflows

/// Options that every command takes.
struct SharedOptions: ParsableArguments {
  @Option(help: "The connections file; else $SCMPLAN_CONFIG, else ./configuration.toml.")
  var config: String?

  @Option(help: "The state: a database file, or a folder to hold scmplan.db.")
  var state: String?

  @Flag(help: "Print one JSON object a line instead of text; the first line names the format.")
  var json = false

  @Option(name: .customLong("json-into"), help: "Write the JSON to this file, and the text to the terminal.")
  var jsonInto: String?

  @Flag(name: .customLong("no-color"), help: "No colour, as with NO_COLOR.")
  var noColor = false

  @Option(name: .customLong("log-level"), help: "How much is logged to stderr.")
  var logLevel: LogLevel = .warning

  /// Where text for people goes; nowhere when a program reads.
  var text: TextOutput { TextOutput(isSilent: json) }

  var style: Style { Style(for: .standard, isPlain: noColor) }

  func report() throws -> JSONReport? {
    if let jsonInto { return try JSONReport(file: jsonInto) }
    return json ? JSONReport(output: .standard) : nil
  }
}

/// How much is logged; swift-log's levels.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .warning }
}

/// Text on standard output, unless the command prints JSON there.
struct TextOutput {
  var isSilent: Bool

  func lines(_ lines: [String]) {
    guard !isSilent, !lines.isEmpty else { return }
    Output.standard.line(lines.joined(separator: "\n"))
  }

  func line(_ line: String = "") { lines([line]) }
}

/// Which tables a command is about.
struct SelectionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only this table; a glob, repeatable.", valueName: "table"))
  var target: [String] = []

  @Option(help: ArgumentHelp("Not this table; a glob, repeatable.", valueName: "table"))
  var exclude: [String] = []

  @Option(help: ArgumentHelp("Reload this table, whatever the state says; a glob, repeatable.", valueName: "table"))
  var replace: [String] = []

  var selection: TableSelection { TableSelection(targets: target, excludes: exclude, replaces: replace) }
}

/// How a workflow is called, and which of several connections it uses.
struct WorkflowOptions: ParsableArguments {
  @Option(help: "The workflow's name; else the file's name without its ending. Letters and digits, a letter first.")
  var name: String?

  @Option(name: .customLong("connection-name"), help: "The target connection, where there are several.")
  var connectionName: String?

  @Option(name: .customLong("source-platform"), help: "The source connection or its platform, where there are several.")
  var sourcePlatform: String?

  @Option(
    name: .customLong("lock-timeout"),
    help: ArgumentHelp("Wait so long for the workflow's lock: 90s, 50m, 2h or PT50M.", valueName: "time"))
  var lockTimeout = TimeSpan(seconds: 0)

  @Option(help: "Parts worked on at a time; else max_parallel_tasks of the configuration.")
  var parallelism: Int?

  /// The two connections that the options choose.
  ///
  /// - Throws: ``ConfigurationError`` when there is none, or several and no option tells which.
  func connections(of configuration: Configuration) throws -> (source: SourceConnection, target: TargetConnection) {
    let platform = sourcePlatform.flatMap { SourcePlatform(rawValue: $0.lowercased()) }
    return (
      try configuration.source(named: platform == nil ? sourcePlatform : nil, platform: platform),
      try configuration.target(named: connectionName)
    )
  }
}
