import Catalogs
package import Plans
import SQL

extension Store {
  /// What the state remembers of a workflow's tables, in name order, parts in key order.
  package func tableStates(workflow: String) throws -> [TableState] {
    try read { connection in
      try connection.tableRows("WHERE workflow = ?", [.text(workflow)]).map { try connection.state($0) }
        .sorted { ($0.key.source, $0.key.target) < ($1.key.source, $1.key.target) }
    }
  }

  /// What the state remembers of one table; nil when it does not know it.
  package func tableState(_ key: TableKey) throws -> TableState? {
    try read { connection in try connection.tableState(key).map { try connection.state($0) } }
  }

  /// The number that grows with every change of what the state says of this workflow; 0 before its first run.
  package func serial(of workflow: String) throws -> Int {
    try read { try $0.serial(of: workflow) }
  }

  /// The workflows that the state knows, and their serials.
  package func workflows() throws -> [String: Int] {
    try read { try $0.workflowSerials() }
  }
}

/// A row of `table_states`; structured values are still text.
struct TableRow {
  var id: Int
  var key: TableKey
  var workflow: String
  var sourceFingerprint: String
  var sourceTable: String
  var configurationFingerprint: String
  var partitionKey: String?
  var addressing: Addressing
  var watermark: String?
  var nextWatermark: String?
  var lastPart: Int
  var run: Int?

  init(_ row: SQLRow) throws {
    id = try row.int("id")
    key = TableKey(
      sourceServer: try row.text("source_server"),
      source: try StoredName.read(try row.text("source_name")),
      targetServer: try row.text("target_server"),
      target: try StoredName.read(try row.text("target_name")))
    workflow = try row.text("workflow")
    sourceFingerprint = try row.text("source_fingerprint")
    sourceTable = try row.text("source_table")
    configurationFingerprint = try row.text("configuration_fingerprint")
    partitionKey = try row.optionalText("partition_key")
    let text = try row.text("addressing")
    guard let addressing = Addressing(rawValue: text) else {
      throw StoreError.damaged("no addressing is called \(text)")
    }
    self.addressing = addressing
    watermark = try row.optionalText("watermark")
    nextWatermark = try row.optionalText("next_watermark")
    lastPart = try row.int("last_part")
    run = try row.optionalInt("run")
  }
}

extension SQLConnection {
  func tableRows(_ condition: String, _ arguments: [SQLValue]) throws -> [TableRow] {
    try query("SELECT * FROM table_states \(condition)", arguments).map(TableRow.init)
  }

  func tableState(_ key: TableKey) throws -> TableRow? {
    try tableRows(
      "WHERE target_server = ? AND target_name = ? AND source_server = ? AND source_name = ?",
      [
        .text(key.targetServer), .text(try StoredName.text(key.target)), .text(key.sourceServer),
        .text(try StoredName.text(key.source)),
      ]
    ).first
  }

  /// A table with all its parts.
  func state(_ row: TableRow) throws -> TableState {
    let parts = try query(
      """
      SELECT part, run, bounds, window_bounds, digest, row_count, loaded_by FROM part_states WHERE table_state = ?
      ORDER BY part, run
      """, [SQLValue(row.id)]
    ).map(PartState.init)
    return TableState(
      key: row.key, workflow: row.workflow, sourceFingerprint: row.sourceFingerprint,
      sourceTable: try JSONText.decode(Table.self, row.sourceTable),
      configurationFingerprint: row.configurationFingerprint,
      partitionKey: try JSONText.decodeIfPresent(PartitionKey.self, row.partitionKey), addressing: row.addressing,
      parts: PartOrder.sorted(parts), watermark: try JSONText.decodeIfPresent(WatermarkState.self, row.watermark),
      nextWatermark: try JSONText.decodeIfPresent(WatermarkState.self, row.nextWatermark), lastPart: row.lastPart,
      run: row.run)
  }

  func removeTable(_ id: Int) throws {
    try execute("DELETE FROM part_states WHERE table_state = ?", [SQLValue(id)])
    try execute("DELETE FROM table_states WHERE id = ?", [SQLValue(id)])
  }

  func serial(of workflow: String) throws -> Int {
    try first("SELECT serial FROM workflows WHERE name = ?", [.text(workflow)])?.int("serial") ?? 0
  }

  func workflowSerials() throws -> [String: Int] {
    let rows = try query("SELECT name, serial FROM workflows")
    return Dictionary(try rows.map { (try $0.text("name"), try $0.int("serial")) }) { a, _ in a }
  }

  func bumpSerial(of workflow: String, now: Milliseconds) throws {
    let changed = try execute(
      "UPDATE workflows SET serial = serial + 1, updated = ? WHERE name = ?", [SQLValue(now), .text(workflow)])
    guard changed == 0 else { return }
    try insert(
      into: "workflows", columns: ["name", "serial", "updated"], rows: [[.text(workflow), 1, SQLValue(now)]])
  }
}

extension PartState {
  init(_ row: SQLRow) throws {
    var digest: RowDigest?
    if let text = try row.optionalText("digest") {
      digest = RowDigest(text)
      if digest == nil { throw StoreError.damaged("a stored digest cannot be read") }
    }
    self.init(
      part: Part(
        id: try row.int("part"), range: try JSONText.decode(PartRange.self, try row.text("bounds"))),
      window: try JSONText.decodeIfPresent(Window.self, try row.optionalText("window_bounds")), digest: digest,
      rows: try row.int("row_count"), loadedBy: try row.optionalInt("loaded_by"), run: try row.int("run"))
  }
}
