import Catalogs
import Plans
import SQL

extension Store {
  /// The state as one document, as of one moment.
  package func pull() throws -> StateDocument {
    try read { try $0.document() }
  }

  /// Puts a document in place of what the state remembers of its tables, all or nothing.
  ///
  /// An unused state takes the document's lineage. Otherwise another lineage, or a workflow with an older serial, is
  /// refused unless `force` is set. A document that says what the state says anyway changes nothing.
  ///
  /// - Returns: whether anything changed.
  /// - Throws: ``StoreError`` with code `foreignLineage`, `olderSerial`, `tableInUse` or `invalid`.
  package func push(_ document: StateDocument, force: Bool = false, now: Milliseconds) throws -> Bool {
    try document.check()
    return try write { connection in
      let current = try connection.document()
      if current.lineage == document.lineage, current.tables == document.tables { return false }
      try connection.checkNoOpenRun()
      let isUnused = current.workflows.isEmpty && current.lastRun == 0
      if !isUnused, !force { try document.check(against: current) }
      try connection.replace(by: document, current: current, now: now)
      return true
    }
  }
}

extension StateDocument {
  /// Refuses what no pull can have written.
  fileprivate func check() throws {
    var keys: Set<TableKey> = []
    for entry in tables {
      let name = entry.table.key.source
      guard keys.insert(entry.table.key).inserted else {
        throw StoreError(.invalid, "the document has the table \(name) twice")
      }
      var parts: Set<[Int]> = []
      for part in entry.table.parts where !parts.insert([part.part.id, part.run]).inserted {
        throw StoreError(.invalid, "the document has part \(part.part.id) of \(name) twice")
      }
      guard entry.appended.allSatisfy(entry.table.parts.indices.contains) else {
        throw StoreError(.invalid, "the document names a part of \(name) that it does not have")
      }
      guard (entry.table.parts.map(\.part.id).max() ?? 0) <= entry.table.lastPart else {
        throw StoreError(.invalid, "the document has a part of \(name) beyond its last")
      }
    }
    let numbers = Array(workflows.values) + [lastRun]
    guard numbers.allSatisfy({ $0 >= 0 && $0 < Int.max / 2 }) else {
      throw StoreError(.invalid, "the document has a serial or run number that is out of range")
    }
  }

  fileprivate func check(against current: StateDocument) throws {
    guard lineage == current.lineage else {
      throw StoreError(
        .foreignLineage, "the document belongs to another state (\(lineage); this one is \(current.lineage))",
        advice: "Pass --force to put it in place nevertheless.")
    }
    for (workflow, serial) in current.workflows.sorted(by: { $0.key < $1.key }) {
      let offered = workflows[workflow] ?? 0
      guard offered >= serial else {
        throw StoreError(
          .olderSerial, "the document has \(workflow) at serial \(offered), the state is at \(serial)",
          advice: "Pass --force to put the older one in place nevertheless.")
      }
    }
  }
}

extension SQLConnection {
  func document() throws -> StateDocument {
    let entries = try tableRows("", []).map { row in
      let table = try state(row)
      let appended = Set(
        try query("SELECT part, run FROM part_states WHERE table_state = ? AND appended = 1", [SQLValue(row.id)])
          .map { [try $0.int("part"), try $0.int("run")] })
      return StateDocument.Entry(
        table: table,
        appended: table.parts.indices.filter { appended.contains([table.parts[$0].part.id, table.parts[$0].run]) })
    }
    let lastRun = try first("SELECT value FROM sequences WHERE name = 'run'")?.int("value")
    return StateDocument(
      lineage: try lineage(), lastRun: lastRun ?? 0, workflows: try workflowSerials(),
      tables: entries.sorted { $0.table.order < $1.table.order })
  }

  fileprivate func checkNoOpenRun() throws {
    guard let run = try first("SELECT id FROM runs WHERE ended IS NULL ORDER BY id LIMIT 1")?.int("id") else { return }
    throw StoreError(
      .tableInUse, "run \(run) is not at its end", advice: "Wait for it or end it: scmplan runs cancel \(run)")
  }

  fileprivate func replace(by document: StateDocument, current: StateDocument, now: Milliseconds) throws {
    try execute("DELETE FROM part_states")
    try execute("DELETE FROM table_states")
    for entry in document.tables { try insert(entry) }
    let names = Set(document.workflows.keys).union(current.workflows.keys)
    for name in names.sorted() {
      let serial = max(document.workflows[name] ?? 0, current.workflows[name] ?? 0) &+ 1
      try put(
        into: "workflows", key: [("name", .text(name))],
        values: [("serial", SQLValue(serial)), ("updated", SQLValue(now))])
    }
    try execute("UPDATE meta SET value = ? WHERE name = 'lineage'", [.text(document.lineage)])
    try execute(
      "UPDATE sequences SET value = ? WHERE name = 'run'", [SQLValue(max(document.lastRun, current.lastRun))])
  }

  private func insert(_ entry: StateDocument.Entry) throws {
    let table = entry.table
    let id = try next("table_state")
    try insert(
      into: "table_states",
      columns: [
        "id", "workflow", "source_server", "source_name", "target_server", "target_name", "source_fingerprint",
        "source_table", "configuration_fingerprint", "partition_key", "addressing", "watermark", "next_watermark",
        "last_part", "run",
      ],
      rows: [
        [
          SQLValue(id), .text(table.workflow), .text(table.key.sourceServer),
          .text(try StoredName.text(table.key.source)), .text(table.key.targetServer),
          .text(try StoredName.text(table.key.target)), .text(table.sourceFingerprint),
          .text(try JSONText.encode(table.sourceTable)), .text(table.configurationFingerprint),
          SQLValue(try table.partitionKey.map { try JSONText.encode($0) }), .text(table.addressing.rawValue),
          SQLValue(try table.watermark.map { try JSONText.encode($0) }),
          SQLValue(try table.nextWatermark.map { try JSONText.encode($0) }), SQLValue(table.lastPart),
          SQLValue(table.run),
        ]
      ])
    let appended = Set(entry.appended)
    try insert(
      into: "part_states", columns: ["table_state"] + PartLayout.columns,
      rows: try table.parts.enumerated().map { index, part in
        [
          SQLValue(id), SQLValue(part.part.id), SQLValue(part.run), .text(try JSONText.encode(part.part.range)),
          SQLValue(try part.window.map { try JSONText.encode($0) }), SQLValue(appended.contains(index)),
          SQLValue(part.digest?.description), .null, SQLValue(part.rows), SQLValue(part.loadedBy),
        ]
      })
  }
}

extension TableState {
  fileprivate var order: TextOrder {
    TextOrder(keys: [
      workflow, key.source.description, key.target.description, key.sourceServer, key.targetServer,
    ])
  }
}

/// Texts compared one after the other.
private struct TextOrder: Comparable {
  var keys: [String]

  static func < (a: TextOrder, b: TextOrder) -> Bool {
    a.keys.lexicographicallyPrecedes(b.keys)
  }
}
