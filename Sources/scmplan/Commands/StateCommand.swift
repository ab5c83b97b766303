import ArgumentParser
import Catalogs
import Foundation
import Plans
import Store

/// `scmplan state …`: works on what the state remembers of tables.
struct StateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Works on the state: what has been loaded from where to where.",
    subcommands: [List.self, Show.self, Remove.self, Move.self, Pull.self, Push.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the tables that the state remembers.")
    @OptionGroup var shared: SharedOptions

    func run() throws {
      let tables = try Workspace.store(shared).tableSummaries()
      let json = try shared.report()
      for table in tables { json?.emit("table", Line(table)) }
      guard !tables.isEmpty else { return shared.text.line("The state remembers no table yet.") }
      let rows = tables.map { table in
        [
          table.workflow, table.key.source.description, table.key.target.description,
          "\(table.loadedParts)/\(table.parts)", Numbers.count(table.rows), table.run.map { "\($0)" } ?? "-",
        ]
      }
      shared.text.lines(
        Columns.table([["Workflow", "Source", "Target", "Parts", "Rows", "Run"]] + rows, rightAligned: [3, 4, 5]))
    }

    private struct Line: Encodable {
      var workflow: String
      var key: TableKey
      var parts: Int
      var loadedParts: Int
      var rows: Int
      var watermark: WatermarkState?
      var run: Int?

      init(_ table: TableSummary) {
        workflow = table.workflow
        key = table.key
        parts = table.parts
        loadedParts = table.loadedParts
        rows = table.rows
        watermark = table.watermark
        run = table.run
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows one table of the state with its parts.")
    @Argument(help: "The table, by its source or target name.") var table: String
    @OptionGroup var shared: SharedOptions

    func run() throws {
      let store = try Workspace.store(shared)
      guard let state = try store.tableState(StateTables.one(table, in: store).key) else { return }
      try shared.report()?.emit("table", state)
      shared.text.lines(TableStateView(state: state).lines)
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rm", abstract: "Forgets a table; the target keeps its rows, the next plan reloads them.")
    @Argument(help: "The table, by its source or target name.") var table: String
    @OptionGroup var shared: SharedOptions

    func run() throws {
      let store = try Workspace.store(shared)
      let found = try StateTables.one(table, in: store)
      try store.removeTable(found.key, now: currentMilliseconds())
      try shared.report()?.emit("removed", found.key)
      shared.text.line("Forgot \(found.key.source) -> \(found.key.target).")
    }
  }

  struct Move: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "mv", abstract: "Tells the state that a source or target table was renamed.")
    @Argument(help: "The table as the state has it, by its source or target name.") var table: String
    @Option(help: "The source's new name, as [schema.]table.") var source: String?
    @Option(help: "The target's new name, as [schema.]table.") var target: String?
    @Option(name: .customLong("source-server"), help: "The source server's new name.") var sourceServer: String?
    @Option(name: .customLong("target-server"), help: "The target server's new name.") var targetServer: String?
    @OptionGroup var shared: SharedOptions

    func validate() throws {
      if source == nil, target == nil, sourceServer == nil, targetServer == nil {
        throw ValidationError("Say what is renamed: --source, --target, --source-server or --target-server.")
      }
    }

    func run() throws {
      let store = try Workspace.store(shared)
      let old = try StateTables.one(table, in: store).key
      var new = old
      if let source { new.source = try Self.renamed(old.source, to: source) }
      if let target { new.target = try Self.renamed(old.target, to: target) }
      if let sourceServer { new.sourceServer = sourceServer }
      if let targetServer { new.targetServer = targetServer }
      try store.renameTable(from: old, to: new, now: currentMilliseconds())
      try shared.report()?.emit("moved", new)
      shared.text.line("\(old.source) -> \(old.target) is now \(new.source) -> \(new.target).")
    }

    private static func renamed(_ old: ObjectName, to text: String) throws -> ObjectName {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard (1...3).contains(parts.count), !parts.contains("") else {
        throw Failure(.usage, "\(text) is no table name", "Write it as table, schema.table or database.schema.table.")
      }
      return ObjectName(
        database: parts.count > 2 ? parts[0] : old.database,
        schema: parts.count > 1 ? parts[parts.count - 2] : old.schema,
        table: parts[parts.count - 1])
    }
  }

  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints the state as one JSON document.")
    @OptionGroup var shared: SharedOptions

    func run() throws {
      Output.standard.line(try Workspace.store(shared).pull().json())
    }
  }

  struct Push: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts a document of `state pull` in place of the state.",
      discussion: "A document of another lineage, or older than the state, is refused unless --force is given.")
    @Argument(help: "The document, or - for standard input.") var document: String
    @Flag(help: "Also when the document is older, or belongs to another state.") var force = false
    @OptionGroup var shared: SharedOptions

    func run() throws {
      let data =
        document == "-"
        ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: document)
      guard let data else { throw Failure(.error, "\(document) cannot be read", "Name a file of scmplan state pull.") }
      let store = try Workspace(shared).openStore()
      let changed = try store.push(
        StateDocument(json: String(decoding: data, as: UTF8.self)), force: force, now: currentMilliseconds())
      shared.text.line(changed ? "The state is what the document says." : "The state says that already.")
    }
  }
}
