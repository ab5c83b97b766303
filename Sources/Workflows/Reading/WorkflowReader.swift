import Catalogs

extension Workflow {
  /// Reads a workflow file: all that is wrong with it at once, and the workflow when nothing is.
  ///
  /// `file` is how messages call the file. What depends on the systems that the workflow runs between is checked
  /// afterwards: see ``WorkflowDocument/check(source:target:)``.
  package static func read(bytes: [UInt8], file: String) -> WorkflowOutcome {
    let json = JSONDocument(bytes)
    guard let root = json.root else { return WorkflowOutcome(document: nil, diagnostics: json.diagnostics) }
    var reader = WorkflowReader(text: json.text, file: file)
    let document = reader.document(root)
    let diagnostics = (json.diagnostics + reader.findings.diagnostics).inOrder
    return WorkflowOutcome(document: diagnostics.hasErrors ? nil : document, diagnostics: diagnostics)
  }
}

/// What reading a workflow file came to.
package struct WorkflowOutcome: Sendable {
  /// Nil when a diagnostic is an error.
  package let document: WorkflowDocument?
  /// In the order of the file.
  package let diagnostics: [Diagnostic]

  package var workflow: Workflow? { document?.workflow }
}

/// Reads the tree of a workflow file.
struct WorkflowReader {
  let findings: Findings
  private let file: String
  private let idle: IdleSettings

  init(text: SourceText, file: String) {
    findings = Findings(text)
    self.file = file
    idle = IdleSettings(findings)
  }

  /// Nil when the tree is no workflow at all; what is wrong with the parts of one is in ``findings``.
  mutating func document(_ root: JSONNode) -> WorkflowDocument? {
    guard let top = ObjectReader(root, DocumentPath(), keys: WorkflowKeys.workflow, findings: findings) else {
      return nil
    }
    let affinity = top.string("affinity")
    let defaults = defaults(top)
    guard let entries = entries(top) else { return nil }
    var tables: [TableConfiguration] = []
    var nodes: [JSONNode] = []
    var targets: [String: Int] = [:]
    for (index, entry) in entries.enumerated() {
      let merged = defaults.map { Merge.over($0, entry) } ?? entry
      guard let draft = TableDraft(merged, DocumentPath([.key("tables"), .index(index)]), findings: findings) else {
        continue
      }
      TableCheck(draft: draft, findings: findings, idle: idle).run()
      noteTarget(draft, index, &targets)
      tables.append(draft.pruned)
      nodes.append(merged)
    }
    idle.reportUnused()
    let workflow = Workflow(tables: tables, affinity: affinity)
    return WorkflowDocument(
      file: file, workflow: workflow, text: findings.text, nodes: nodes, defaults: findings.defaults)
  }

  /// The defaults that tables inherit, once their own form has been checked.
  private func defaults(_ top: ObjectReader) -> JSONNode? {
    let key = "defaultTableConfiguration"
    guard let node = top[key] else { return nil }
    findings.isReadingDefaults = true
    let draft = TableDraft(node, DocumentPath([.key(key)]), findings: findings)
    findings.isReadingDefaults = false
    findings.defaults = node.range
    return draft == nil ? nil : Merge.knownOnly(node)
  }

  private func entries(_ top: ObjectReader) -> [JSONNode]? {
    guard let node = top["tables"] else {
      findings.add(at: top.node.offset, top.path, "needs tables, an array of at least one table")
      return nil
    }
    guard let entries = node.elements else {
      top.mismatch(node, top.path + "tables", "an array of tables")
      return nil
    }
    if entries.isEmpty { findings.add(at: node.offset, top.path + "tables", "no table in the list") }
    return entries
  }

  /// Two tables may not write one target. Names fold as Snowflake folds them; other targets tell no more names apart.
  private func noteTarget(_ draft: TableDraft, _ index: Int, _ targets: inout [String: Int]) {
    guard let target = draft.target, !draft.configuration.target.tableName.isEmpty,
      let name = try? draft.configuration.target.objectName(folding: .upper)
    else { return }
    let identity = TargetIdentity.of(name, on: .snowflake)
    guard let first = targets[identity] else {
      targets[identity] = index
      return
    }
    let place = findings.isInherited(target.node.offset) ? draft.table.node : target.node
    findings.add(
      at: place.offset, target.path, "same target as tables[\(first)] (\(Printable.plain(name.description)))")
  }
}
