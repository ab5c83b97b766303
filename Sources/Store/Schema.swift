import Foundation
import SQL

/// The tables of the state, in types and words that SQLite, PostgreSQL and Snowflake share.
///
/// Truth values are 0 or 1, moments are milliseconds, structured values are JSON with sorted keys. docs/state.md tells
/// what each table is for.
enum Schema {
  /// Grows with every change of the tables; a state of a newer version is refused, an older one is brought up to date.
  static let version = 3

  /// The counters that a run keeps of itself and of each of its tables, so that progress needs no look at the tasks.
  static let counters = [
    "parts", "extracted_parts", "loaded_parts", "failed_parts", "planned_rows", "planned_bytes", "extracted_rows",
    "extracted_bytes", "loaded_rows", "deleted_rows", "removed_rows", "open_tasks", "discarded_tasks",
  ]

  private static let counterColumns = counters.map { "\($0) BIGINT NOT NULL" }.joined(separator: ", ")

  static let tables = [
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE sequences (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
    "CREATE TABLE workflows (name TEXT NOT NULL PRIMARY KEY, serial BIGINT NOT NULL, updated BIGINT NOT NULL)",
    """
    CREATE TABLE table_states (id INTEGER NOT NULL PRIMARY KEY, workflow TEXT NOT NULL, source_server TEXT NOT NULL,
      source_name TEXT NOT NULL, target_server TEXT NOT NULL, target_name TEXT NOT NULL,
      source_fingerprint TEXT NOT NULL, source_table TEXT NOT NULL, configuration_fingerprint TEXT NOT NULL,
      partition_key TEXT, addressing TEXT NOT NULL, watermark TEXT, next_watermark TEXT, last_part BIGINT NOT NULL,
      run BIGINT)
    """,
    """
    CREATE TABLE part_states (table_state INTEGER NOT NULL, part BIGINT NOT NULL, run BIGINT NOT NULL,
      bounds TEXT NOT NULL, window_bounds TEXT, appended INTEGER NOT NULL, digest TEXT, next_digest TEXT,
      row_count BIGINT NOT NULL, loaded_by BIGINT, PRIMARY KEY (table_state, part, run))
    """,
    "CREATE TABLE plans (id TEXT NOT NULL PRIMARY KEY, workflow TEXT NOT NULL, content TEXT NOT NULL)",
    """
    CREATE TABLE runs (id INTEGER NOT NULL PRIMARY KEY, workflow TEXT NOT NULL, plan TEXT NOT NULL,
      state TEXT NOT NULL, affinity TEXT, source_server TEXT NOT NULL, target_server TEXT NOT NULL,
      created BIGINT NOT NULL, started BIGINT, ended BIGINT, paused_since BIGINT, paused_total BIGINT NOT NULL,
      stop_at BIGINT, \(counterColumns))
    """,
    """
    CREATE TABLE run_tables (run INTEGER NOT NULL, table_index INTEGER NOT NULL, table_state INTEGER,
      source_name TEXT NOT NULL, target_name TEXT NOT NULL, action TEXT NOT NULL, prepared INTEGER NOT NULL,
      finished INTEGER NOT NULL, gathers INTEGER NOT NULL, gathered BIGINT, \(counterColumns),
      PRIMARY KEY (run, table_index))
    """,
    """
    CREATE TABLE tasks (id INTEGER NOT NULL PRIMARY KEY, run INTEGER NOT NULL, table_index INTEGER NOT NULL,
      kind TEXT NOT NULL, part BIGINT, state TEXT NOT NULL, waiting INTEGER NOT NULL, next_task INTEGER,
      attempt INTEGER NOT NULL, failures INTEGER NOT NULL, max_attempts INTEGER NOT NULL, priority INTEGER NOT NULL,
      scheduled_at BIGINT NOT NULL, owner TEXT, lease_until BIGINT, row_count BIGINT, byte_count BIGINT,
      progress_rows BIGINT NOT NULL, progress_bytes BIGINT NOT NULL, input TEXT, staged_attempt INTEGER,
      result TEXT, error_code TEXT, error_message TEXT, snapshot BIGINT)
    """,
    """
    CREATE TABLE attempts (task INTEGER NOT NULL, attempt INTEGER NOT NULL, owner TEXT NOT NULL,
      started BIGINT NOT NULL, ended BIGINT, outcome TEXT, row_count BIGINT, byte_count BIGINT, error_code TEXT,
      error_message TEXT, PRIMARY KEY (task, attempt))
    """,
    """
    CREATE TABLE locks (name TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL, who TEXT NOT NULL, host TEXT NOT NULL,
      pid BIGINT NOT NULL, process_start BIGINT NOT NULL, operation TEXT NOT NULL, created BIGINT NOT NULL,
      heartbeat BIGINT NOT NULL, expires BIGINT NOT NULL)
    """,
    """
    CREATE TABLE engines (id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL,
      process_start BIGINT NOT NULL, affinity TEXT, started BIGINT NOT NULL, heartbeat BIGINT NOT NULL,
      stopping INTEGER NOT NULL)
    """,
    """
    CREATE TABLE rates (source_server TEXT NOT NULL, target_server TEXT NOT NULL, row_count BIGINT NOT NULL,
      byte_count BIGINT NOT NULL, duration BIGINT NOT NULL, updated BIGINT NOT NULL,
      PRIMARY KEY (source_server, target_server))
    """,
    snapshots,
  ]

  private static let snapshots = """
    CREATE TABLE snapshots (run INTEGER NOT NULL, generation BIGINT NOT NULL, name TEXT NOT NULL,
      owner TEXT NOT NULL, created BIGINT NOT NULL, PRIMARY KEY (run, generation))
    """

  /// What brings a state from a version, the key, to the next.
  private static let upgrades = [
    1: [
      snapshots, "ALTER TABLE run_tables ADD COLUMN gathers INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE run_tables ADD COLUMN gathered BIGINT", "ALTER TABLE tasks ADD COLUMN snapshot BIGINT",
    ],
    2: [
      "ALTER TABLE runs ADD COLUMN stop_at BIGINT",
      "ALTER TABLE runs ADD COLUMN removed_rows BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE run_tables ADD COLUMN removed_rows BIGINT NOT NULL DEFAULT 0",
    ],
  ]

  static let indexes = [
    "CREATE UNIQUE INDEX table_states_key ON table_states (target_server, target_name, source_server, source_name)",
    "CREATE INDEX runs_ended ON runs (ended)",
    "CREATE INDEX run_tables_table ON run_tables (table_state)",
    // The one index that follows a task through its states: claims read it in order, from its first match on.
    "CREATE INDEX tasks_queue ON tasks (run, state, kind, priority, scheduled_at, id)",
    "CREATE INDEX tasks_table ON tasks (run, table_index, kind)",
  ]

  /// Checks the state's version, and creates the tables of a new one.
  static func open(_ database: any SQLDatabase, place: String) throws {
    if try database.read({ try found($0, place: place) }) == version { return }
    try database.write { connection in
      // Another process may have been faster.
      if let found = try found(connection, place: place) { return try upgrade(from: found, connection) }
      for statement in tables + indexes { try connection.execute(statement) }
      try connection.insert(
        into: "meta", columns: ["name", "value"],
        rows: [
          ["schema_version", .text("\(version)")], ["lineage", .text(UUID().uuidString.lowercased())],
        ])
      try connection.insert(
        into: "sequences", columns: ["name", "value"], rows: [["run", 0], ["task", 0], ["table_state", 0]])
    }
  }

  private static func upgrade(from found: Int, _ connection: any SQLConnection) throws {
    for older in found..<version {
      for statement in upgrades[older] ?? [] { try connection.execute(statement) }
    }
    try connection.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", [.text("\(version)")])
  }

  /// The version of the state; nil when the database is empty.
  private static func found(_ connection: any SQLConnection, place: String) throws -> Int? {
    let names = try connection.tableNames()
    if names.isEmpty { return nil }
    guard names.contains("meta") else {
      throw StoreError(
        .notAState, "\(place) is a database of something else: it has tables, and none of them is called meta",
        advice: "Name another file with --state.")
    }
    guard let text = try connection.meta("schema_version"), let found = Int(text), found > 0,
      try connection.meta("lineage") != nil
    else { throw StoreError.damaged("\(place) has no version or lineage") }
    guard found <= version else {
      throw StoreError(
        .newerVersion, "the state \(place) has version \(found); this program knows versions up to \(version)",
        advice: "Use the newer scmplan that wrote it.")
    }
    return found
  }
}

extension SQLConnection {
  func meta(_ name: String) throws -> String? {
    try first("SELECT value FROM meta WHERE name = ?", [.text(name)])?.text("value")
  }

  func lineage() throws -> String {
    guard let lineage = try meta("lineage") else { throw StoreError.damaged("it has no lineage") }
    return lineage
  }

  /// Takes the next `count` numbers of a sequence and returns the first.
  func next(_ sequence: String, count: Int = 1) throws -> Int {
    // The update comes first: it makes writers of a shared database wait for one another.
    try execute("UPDATE sequences SET value = value + ? WHERE name = ?", [SQLValue(count), .text(sequence)])
    guard let row = try first("SELECT value FROM sequences WHERE name = ?", [.text(sequence)]) else {
      throw StoreError.damaged("the sequence \(sequence) is missing")
    }
    return try row.int("value") &- count &+ 1
  }
}
