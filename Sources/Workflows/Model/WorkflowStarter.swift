package import Catalogs

/// The text of a first workflow for tables that a source has: what `init` writes, to be read and changed by a person.
///
/// Names come out as a person would write them: plain where the system's folding brings them back, quoted otherwise.
package struct WorkflowStarter: Sendable {
  package var source: SourcePlatform
  package var target: TargetPlatform
  /// As a person writes them; nil leaves the target's schema to be that of the source, and the database out.
  package var targetDatabase: String?
  package var targetSchema: String?
  package var strategy: Synchronization.Strategy

  package init(
    source: SourcePlatform, target: TargetPlatform, targetDatabase: String? = nil, targetSchema: String? = nil,
    strategy: Synchronization.Strategy = .checksum
  ) {
    self.source = source
    self.target = target
    self.targetDatabase = targetDatabase
    self.targetSchema = targetSchema
    self.strategy = strategy
  }

  /// Whether a workflow can name the table: it takes no control characters.
  package static func canWrite(_ name: ObjectName) -> Bool {
    [name.schema ?? "", name.table].allSatisfy { part in
      part.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
  }

  /// The workflow for `tables`, one a line, in the given order; the schema that most have is a default of all.
  package func text(_ tables: [ObjectName]) -> String {
    let common = commonSchema(tables)
    var lines = ["{"]
    lines.append(#"  "defaultTableConfiguration": {"#)
    var defaults: [String] = []
    if let common { defaults.append(#"    "source": { \#(pair("schemaName", written(common, source.folding))) }"#) }
    let place = [
      targetDatabase.map { pair("databaseName", $0) },
      (targetSchema ?? common.map(targetName)).map { pair("schemaName", $0) },
    ].compactMap { $0 }
    if !place.isEmpty { defaults.append(#"    "target": { \#(place.joined(separator: ", ")) }"#) }
    defaults.append(#"    "synchronization": { \#(pair("strategy", strategy.rawValue)) }"#)
    lines.append(defaults.joined(separator: ",\n"))
    lines.append("  },")
    lines.append(#"  "tables": ["#)
    lines.append(entries(tables, common).map { "    " + $0 }.joined(separator: ",\n"))
    lines += ["  ]", "}", ""]
    return lines.joined(separator: "\n")
  }

  private func entries(_ tables: [ObjectName], _ common: String?) -> [String] {
    var taken: Set<ObjectName> = []
    return tables.map { table in
      var from: [String] = []
      var to: [String] = []
      if table.schema != common, let schema = table.schema {
        from.append(pair("schemaName", written(schema, source.folding)))
        if targetSchema == nil { to.append(pair("schemaName", targetName(schema))) }
      }
      from.append(pair("tableName", written(table.table, source.folding)))
      let schema = targetSchema ?? table.schema.map(targetName)
      let name = freeName(table, schema: schema, &taken)
      to.append(pair("tableName", name))
      return #"{ "source": { \#(from.joined(separator: ", ")) }, "target": { \#(to.joined(separator: ", ")) } }"#
    }
  }

  /// The target's name for a table: its own unless another table has that already, as two names that differ in case
  /// alone do in Snowflake, or two tables of two schemas that go to one.
  private func freeName(_ table: ObjectName, schema: String?, _ taken: inout Set<ObjectName>) -> String {
    let candidates =
      [targetName(table.table), Identifier.quoted(table.table)]
      + (table.schema.map { [Identifier.quoted("\($0)_\(table.table)")] } ?? [])
    for number in 0... {
      for candidate in candidates {
        let name = number == 0 ? candidate : Identifier.quoted("\(table.table)_\(number + 1)")
        let reference = ObjectReference(schemaName: schema, tableName: name)
        guard let stored = try? reference.objectName(folding: target.folding) else { continue }
        // Systems that keep a name's case may still take two that differ in case for one.
        let key =
          target.folding == .upper ? stored : ObjectName(schema: stored.schema, table: stored.table.lowercased())
        if taken.insert(key).inserted { return name }
      }
    }
    return targetName(table.table)
  }

  private func commonSchema(_ tables: [ObjectName]) -> String? {
    var counts: [String: Int] = [:]
    for schema in tables.compactMap(\.schema) { counts[schema, default: 0] += 1 }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// The target folds a plain name its own way; that is what its users expect.
  private func targetName(_ name: String) -> String { Self.isPlain(name) ? name : Identifier.quoted(name) }

  private func written(_ name: String, _ folding: IdentifierFolding) -> String {
    let comesBack = (try? Identifier.stored(name, folding: folding)) == name
    return Self.isPlain(name) && comesBack ? name : Identifier.quoted(name)
  }

  private static func isPlain(_ name: String) -> Bool {
    name.unicodeScalars.enumerated().allSatisfy { index, scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "_": true
      case "0"..."9": index > 0
      default: false
      }
    } && !name.isEmpty
  }

  private func pair(_ key: String, _ value: String) -> String { "\"\(key)\": \(Self.json(value))" }

  private static func json(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": json += "\\\(scalar)"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}
