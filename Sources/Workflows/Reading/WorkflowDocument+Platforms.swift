package import Catalogs

extension WorkflowDocument {
  /// What cannot work between these two systems, or means the same thing twice once their systems fold the names; in
  /// the order of the file.
  package func check(source: SourcePlatform, target: TargetPlatform) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    var targets: [String: Int] = [:]
    var isListSeen: Set<Int> = []
    for (index, table) in workflow.tables.enumerated() {
      diagnostics += strategies(table, index, source, target)
      diagnostics += sameTarget(index, target, &targets)
      diagnostics += repeatedColumns(table, index, source, target, &isListSeen)
    }
    return diagnostics.inOrder
  }

  private func strategies(
    _ table: TableConfiguration, _ index: Int, _ source: SourcePlatform, _ target: TargetPlatform
  ) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    func refuse(_ keys: [String], _ message: String) {
      diagnostics.append(diagnostic(.error, table: index, keys: keys, message))
    }
    if table.extraction.strategy == .unload {
      if source != .redshift {
        refuse(["extraction", "strategy"], "unload is for Amazon Redshift; the source is \(source.title)")
      }
      if target != .snowflake {
        refuse(["extraction", "strategy"], "unload is for Snowflake; the target is \(target.title)")
      }
    }
    if table.target.tableType == .iceberg, target != .snowflake {
      refuse(["target", "tableType"], "iceberg is for Snowflake; the target is \(target.title)")
    }
    if table.loading.method == .snowpipe, target != .snowflake {
      refuse(["loading", "method"], "snowpipe is for Snowflake; the target is \(target.title)")
    }
    if table.loading.verify == .always, let obstacle = obstacle(toVerifying: table, target) {
      refuse(["loading", "verify"], obstacle)
    }
    return diagnostics
  }

  /// Why not every load of the table can compare its rows with what was staged, and what to do.
  private func obstacle(toVerifying table: TableConfiguration, _ target: TargetPlatform) -> String? {
    if table.extraction.strategy == .unload {
      return "always needs staged files at hand, and those of unload are not; use auto, and verify"
    }
    let merges = table.synchronization.trackModifications && target == .snowflake
    guard table.synchronization.strategy == .watermark, !merges, !table.target.metadataColumns else { return nil }
    return "always needs target.metadataColumns here: nothing else tells the rows of a load from those of others"
  }

  private func sameTarget(_ index: Int, _ platform: TargetPlatform, _ targets: inout [String: Int]) -> [Diagnostic] {
    guard let name = try? target(of: index, on: platform) else { return [] }
    let identity = TargetIdentity.of(name, on: platform)
    guard let first = targets[identity] else {
      targets[identity] = index
      return []
    }
    let message = "same target as tables[\(first)] on \(platform.title) (\(Printable.plain(name.description)))"
    return [diagnostic(.error, table: index, keys: ["target"], message)]
  }

  /// Columns that are two names in the file and one in the system. A list of the defaults is looked at once.
  private func repeatedColumns(
    _ table: TableConfiguration, _ index: Int, _ source: SourcePlatform, _ target: TargetPlatform,
    _ isListSeen: inout Set<Int>
  ) -> [Diagnostic] {
    let lists: [(key: String, names: [String], isSource: Bool)] = [
      ("columnNamesToPartitionBy", table.columnNamesToPartitionBy, true),
      ("primaryKeyColumns", table.primaryKeyColumns, true),
      ("columnNameMappings", table.columnNameMappings.map(\.sourceName), true),
      ("columnNameMappings", table.columnNameMappings.map(\.targetName), false),
    ]
    var diagnostics: [Diagnostic] = []
    var offsets: Set<Int> = []
    for list in lists {
      guard let node = nodes[index][list.key] else { continue }
      if defaults.contains(node.offset) {
        offsets.insert(node.offset)
        if isListSeen.contains(node.offset) { continue }
      }
      var seen: [String: String] = [:]
      for name in list.names {
        let identity = list.isSource ? column(name, on: source) : column(name, on: target)
        guard let first = seen.updateValue(name, forKey: identity) else { continue }
        let system = list.isSource ? source.title : target.title
        let message = "\(Printable.plain(first)) and \(Printable.plain(name)) are one column in \(system)"
        diagnostics.append(diagnostic(.error, table: index, keys: [list.key], message))
      }
    }
    isListSeen.formUnion(offsets)
    return diagnostics
  }

  /// SQLite compares names without case; SQL Server does so by collation, which only its catalog knows.
  private func column(_ name: String, on platform: SourcePlatform) -> String {
    let stored = (try? Identifier.stored(name, folding: platform.folding)) ?? name
    return platform == .sqlite ? stored.lowercased() : stored
  }

  private func column(_ name: String, on platform: TargetPlatform) -> String {
    let stored = (try? Identifier.stored(name, folding: platform.folding)) ?? name
    return platform == .sqlite ? stored.lowercased() : stored
  }
}
