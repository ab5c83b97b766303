import ArgumentParser
import Catalogs
import Crypto
import Engine
import Foundation
import Plans
import Store
import Workflows

/// `scmplan verify WF`: proves that the target equals the source, or lists what differs.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Proves that the target equals the source: schema, counts, content.",
    discussion: """
      Both sides are read whole, once; ranges that differ are read again, down to single rows. Nothing is changed. The exit \
      code is 6 when something differs.
      """)

  @Argument(help: "The workflow file.")
  var workflow: String

  @Option(help: "schema, counts or content; each is also the ones before it.")
  var level: VerificationLevel = .content

  @Option(help: "Differing rows of a table that are listed; all are counted.")
  var limit = 20

  @Flag(name: .customLong("show-values"), help: "List what differing rows hold, and not only their keys.")
  var showValues = false

  @Option(help: ArgumentHelp("Write an HTML report, with a map of each table's parts.", valueName: "file"))
  var html: String?

  @Option(help: ArgumentHelp("Only this table; a glob, repeatable.", valueName: "table"))
  var target: [String] = []

  @Option(help: ArgumentHelp("Not this table; a glob, repeatable.", valueName: "table"))
  var exclude: [String] = []

  @OptionGroup var options: WorkflowOptions
  @OptionGroup var shared: SharedOptions

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit is a number of rows, 0 or more") }
  }

  func run() throws {
    let workspace = try Workspace(shared)
    let store = try workspace.openStore()
    let name = try WorkflowFile.name(of: workflow, given: options.name)
    let lock = try WorkflowLock(name, for: "verify", in: store, timeout: options.lockTimeout.seconds)
    defer { lock.release() }
    if let run = try store.openRuns().first(where: { $0.workflow == name }) {
      throw Failure(
        .locked, "run \(run.id) of \(name) is at work, and the target changes", "Wait for it: scmplan show \(run.id)")
    }
    let (verifier, assignment) = try prepared(name, workspace, store)
    defer { try? FileManager.default.removeItem(atPath: verifier.stage) }

    let json = try shared.report()
    // Before hours of comparing, not after them.
    if let html { try write("", to: html) }
    let view = VerdictView(style: shared.style, limit: limit)
    let waiting: Output? = shared.json ? nil : .error
    var verdicts: [TableVerdict] = []
    try verifier.verify(assignment) { table, index, count in
      guard let waiting, waiting.isTerminal else { return }
      waiting.write("\r\u{1B}[KComparing \(table) (\(index) of \(count))")
    } told: { verdict in
      if let waiting, waiting.isTerminal { waiting.write("\r\u{1B}[K") }
      verdicts.append(verdict)
      json?.emit("table", verdict)
      shared.text.lines(view.lines(verdict))
    }
    shared.text.lines(view.summary(verdicts, workflow: workflow))
    if let html { try write(VerdictPage(workflow: name, level: level, verdicts: verdicts).text, to: html) }
    json?.emit(
      "summary", Summary(tables: verdicts.count, differing: verdicts.count { !$0.isEqual }, level: level))
    if verdicts.contains(where: { !$0.isEqual }) { throw Failure.silent(.differences) }
  }

  private func write(_ text: String, to file: String) throws {
    do {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
      throw Failure(.error, "cannot write \(file)", "Name a file that can be made with --html.")
    }
  }

  private struct Summary: Encodable {
    var tables: Int
    var differing: Int
    var level: VerificationLevel
  }

  private func prepared(
    _ name: String, _ workspace: Workspace, _ store: Store
  ) throws -> (Verifier, PlanMaker.Assignment) {
    let document = try WorkflowFile.document(workflow)
    let (source, target) = try options.connections(of: workspace.configuration)
    let problems = document.check(source: source.platform, target: target.platform)
    if !problems.isEmpty {
      Output.error.line(DiagnosticReport(file: WorkflowFile.displayName(workflow), diagnostics: problems).text)
    }
    guard !problems.hasErrors else { throw Failure.silent(.error) }
    let opener = ConnectionOpener(configuration: workspace.configuration, resolver: ReferenceValues())
    let lineage = try store.lineage()
    let planner = Planner(
      sourcePlatform: source.platform, dialect: opener.dialect(of: target.platform), lineage: lineage,
      fingerprint: Hashing.fingerprint)
    let verifier = Verifier(
      opener: opener, planner: planner, level: level, limit: limit, showsValues: showValues,
      stage: workspace.verificationStage(), memory: try workspace.workerMemory())
    let assignment = PlanMaker.Assignment(
      name: name, workflow: document.workflow, source: try opener.endpoint(source), target: try opener.endpoint(target),
      selection: TableSelection(targets: self.target, excludes: exclude), lineage: lineage,
      serial: try store.serial(of: name), states: try store.tableStates(workflow: name), rate: nil)
    return (verifier, assignment)
  }
}

extension VerificationLevel: ExpressibleByArgument {}
