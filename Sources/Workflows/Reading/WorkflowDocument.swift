package import Catalogs

/// A workflow together with the file it was read from, so that later checks can point into the file.
package struct WorkflowDocument: Sendable {
  package let file: String
  package let workflow: Workflow
  let text: SourceText
  /// The merged tree of every table, in the order of the tables.
  let nodes: [JSONNode]
  /// The bytes of `defaultTableConfiguration`; empty without one.
  let defaults: Range<Int>

  init(file: String, workflow: Workflow, text: SourceText, nodes: [JSONNode], defaults: Range<Int>) {
    self.file = file
    self.workflow = workflow
    self.text = text
    self.nodes = nodes
    self.defaults = defaults
  }

  /// Something to say about a setting of the table at `index`: at the place where the deepest of `keys` that is written
  /// stands, be that in the table or in the defaults.
  package func diagnostic(
    _ severity: Diagnostic.Severity = .error, table index: Int, _ keys: String..., message: String
  ) -> Diagnostic {
    diagnostic(severity, table: index, keys: keys, message)
  }

  func diagnostic(_ severity: Diagnostic.Severity, table index: Int, keys: [String], _ message: String) -> Diagnostic {
    var node = nodes[index]
    for key in keys {
      guard let next = node[key] else { break }
      node = next
    }
    let path = DocumentPath([.key("tables"), .index(index)] + keys.map { .key($0) })
    return Diagnostic(severity, at: text.position(at: node.offset), path: path.description, message: message)
  }

  /// The source table of the configuration at `index` as its system stores the name.
  ///
  /// - Throws: `IdentifierError`, which a workflow that was read never causes.
  package func source(of index: Int, on platform: SourcePlatform) throws(IdentifierError) -> ObjectName {
    try workflow.tables[index].source.objectName(folding: platform.folding)
  }

  /// The target table of the configuration at `index` as its system stores the name.
  ///
  /// - Throws: `IdentifierError`, which a workflow that was read never causes.
  package func target(of index: Int, on platform: TargetPlatform) throws(IdentifierError) -> ObjectName {
    try workflow.tables[index].target.objectName(folding: platform.folding)
  }
}
