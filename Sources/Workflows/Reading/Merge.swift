/// Puts a table's own settings over the workflow's defaults.
///
/// Objects merge key by key; arrays and scalars are replaced whole. Nodes keep their places, so that a mistake in a
/// merged value is told where it is written. Two kinds of object hold one value in several keys and are replaced whole
/// like scalars: `partitionSize` and a mapping written without its array. `null` takes a default away.
enum Merge {
  private static let indivisible: Set<String> = ["partitionSize", "columnTypeMappings", "columnNameMappings"]

  /// `defaults` holds known keys only (see ``knownOnly(_:)``), so that the work per table is bounded.
  static func over(_ defaults: JSONNode, _ table: JSONNode) -> JSONNode {
    guard let base = defaults.members, let own = table.members else { return table }
    var merged = own.map { member in
      guard !indivisible.contains(member.key), let under = defaults[member.key] else { return member }
      var member = member
      member.value = over(under, member.value)
      return member
    }
    let written = Set(own.map(\.key))
    merged += base.filter { !written.contains($0.key) }
    return JSONNode(.object(merged), at: table.range)
  }

  /// The defaults without the keys that no table has.
  static func knownOnly(_ defaults: JSONNode) -> JSONNode {
    let inner = [
      "source": WorkflowKeys.source, "target": WorkflowKeys.target, "icebergConfig": WorkflowKeys.iceberg,
      "extraction": WorkflowKeys.extraction, "synchronization": WorkflowKeys.synchronization,
      "loading": WorkflowKeys.loading,
    ]
    func filtered(_ node: JSONNode, _ keys: [String]) -> JSONNode {
      guard let members = node.members else { return node }
      let kept = members.filter { keys.contains($0.key) }.map { member in
        guard let keys = inner[member.key] else { return member }
        var member = member
        member.value = filtered(member.value, keys)
        return member
      }
      return JSONNode(.object(kept), at: node.range)
    }
    return filtered(defaults, WorkflowKeys.table)
  }
}
