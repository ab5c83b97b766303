import Foundation
import Support
import Testing

/// Amazon Redshift, by its stand-in, into SQLite and by UNLOAD into Snowflake's bench, by the built program.
@Suite struct RedshiftTests {
  private static let schema = """
    CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(40) NOT NULL, born date, credit numeric(10,2), tags super);
    INSERT INTO customers SELECT i, 'customer ' || i, date '1970-01-01' + i::int, i * 1.25, jsonb_build_array('a', i)
      FROM generate_series(1, 500) AS i;
    CREATE TABLE events (at timestamptz, what varchar(30));
    INSERT INTO events SELECT timestamptz '2026-01-01 00:00+00' + i / 2 * interval '1 microsecond', 'event ' || i
      FROM generate_series(1, 60) AS i;
    """

  private static let workflow = """
    {"tables": [
      {"source": {"schemaName": "public", "tableName": "customers"}, "target": {"tableName": "customers"},
       "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 100}},
      {"source": {"tableName": "events"}, "target": {"tableName": "events"},
       "synchronization": {"strategy": "watermark", "watermarkColumn": "at"}}
    ]}
    """

  private func configure(
    _ workspace: Workspace, _ standIn: RedshiftStandIn, _ settings: String, target: String? = nil, port: Int? = nil
  ) throws {
    try workspace.write(
      "configuration.toml",
      """
      [application]
      heartbeat_seconds = 1
      lease_seconds = 3

      [connections.source.redshift]
      host = "\(standIn.host)"
      port = \(port ?? standIn.port)
      database = "\(standIn.database.name)"
      \(settings)

      \(target ?? "[connections.target.sqlite]\npath = \"\(workspace.target)\"")

      [state]
      path = "\(workspace.state)"
      """)
  }

  private func expectEqual(_ workspace: Workspace, _ standIn: RedshiftStandIn) throws {
    let target = try workspace.openTarget()
    for (source, loaded) in [
      (
        "SELECT concat_ws('|', id, name, coalesce(born::text, '~'), coalesce(credit::text, '~'), coalesce(tags::text, '~')) "
          + "FROM customers ORDER BY id",
        "SELECT id || '|' || name || '|' || ifnull(born, '~') || '|' || ifnull(printf('%.2f', credit), '~') || '|' "
          + "|| ifnull(tags, '~') FROM customers ORDER BY id"
      ),
      (
        "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.USZ') || '|' || what FROM events ORDER BY what COLLATE \"C\"",
        "SELECT at || '|' || what FROM events ORDER BY what"
      ),
    ] {
      let wanted = try standIn.database.run(source).split(separator: "\n").map(String.init)
      #expect(try target.texts(loaded) == wanted)
    }
  }

  @Test func plansAppliesAndRefreshes() async throws {
    try await Workspace.with { workspace in
      let standIn = try RedshiftStandIn()
      try standIn.database.run(Self.schema)
      try configure(workspace, standIn, "username = \"scmplan\"\npassword = \"cmd:echo any\"\nsslmode = \"disable\"")
      try workspace.write("wf.json", Self.workflow)
      let checked = try await workspace.run("check", "wf.json")
      #expect(checked.code == 0 && checked.output.contains("2 of 2 tables found"), "\(checked)")
      let planned = try await workspace.run("plan", "wf.json")
      #expect(planned.code == 0 && planned.output.contains("Plan: 2 tables to create"), "\(planned)")
      #expect(planned.output.contains("Redshift does not enforce its primary and unique keys"), "\(planned)")
      let applied = try await workspace.run("apply", "state/wf.plan.json")
      #expect(applied.code == 0 && applied.output.contains("Run 1 completed"), "\(applied) \(workspace.engineLog)")
      try expectEqual(workspace, standIn)
      let again = try await workspace.run("plan", "wf.json")
      #expect(again.code == 0 && again.output.contains("No changes."), "\(again)")

      try standIn.database.run(
        """
        UPDATE customers SET tags = '[]' WHERE id = 250; DELETE FROM customers WHERE id = 1;
        INSERT INTO events VALUES ('2026-01-02 00:00+00', 'a day later');
        """)
      let refreshed = try await workspace.run("refresh", "wf.json")
      #expect(refreshed.code == 0 && refreshed.output.contains("wf: 2 of 2 tables changed"), "\(refreshed)")
      try expectEqual(workspace, standIn)
      try await workspace.enginesEnd()
    }
  }

  @Test func aLoginIsEncryptedUnlessToldOtherwise() async throws {
    try await Workspace.with { workspace in
      let standIn = try RedshiftStandIn()
      try configure(workspace, standIn, "username = \"scmplan\"\npassword = \"cmd:echo any-secret\"")
      try workspace.write("wf.json", Self.workflow)
      let checked = try await workspace.run("check", "wf.json")
      #expect(checked.code == 1 && checked.said.contains("SSL"), "\(checked)")
      #expect(!"\(checked)".contains("any-secret"))
    }
  }

  @Test func signsInWithWhatAWSGives() async throws {
    try await Workspace.with { workspace in
      let bench = try await SnowflakeBench.shared()
      let standIn = try RedshiftStandIn()
      try standIn.database.run(Self.schema)
      let cluster = "mig-\(UUID().uuidString.prefix(8).lowercased())"
      let made = try await workspace.start(
        SnowflakeBench.python,
        [
          "-c",
          """
          import boto3
          boto3.client("redshift", endpoint_url="http://127.0.0.1:\(bench.facts.moto)", region_name="eu-central-1").create_cluster(
              ClusterIdentifier="\(cluster)", NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Secret123",
              DBName="\(standIn.database.name)")
          """,
        ],
        environment: [
          "AWS_ACCESS_KEY_ID": bench.facts.storageKey, "AWS_SECRET_ACCESS_KEY": bench.facts.storageSecret,
        ]
      ).end()
      #expect(made.code == 0, "\(made)")
      try configure(
        workspace, standIn,
        """
        auth_method = "iam-provisioned-cluster"
        username = "mover"
        cluster_id = "\(cluster)"
        region = "eu-central-1"
        access_key_id = "\(bench.facts.storageKey)"
        secret_access_key = "env:SECRET_OF_AWS"
        sslmode = "disable"
        """)
      try workspace.write("wf.json", Self.workflow)
      let environment = [
        "AWS_ENDPOINT_URL": "http://127.0.0.1:\(bench.facts.moto)", "SECRET_OF_AWS": bench.facts.storageSecret,
      ]
      let checked = try await workspace.run("check", "wf.json", environment: environment)
      #expect(checked.code == 0 && checked.output.contains("2 of 2 tables found"), "\(checked)")
      #expect(standIn.log.contains("{\"login\": \"IAM:mover\", \"password\": true}"), "\(standIn.log)")
      let refused = try await workspace.run(
        "check", "wf.json", environment: environment.merging(["SECRET_OF_AWS": "wrong-secret"]) { $1 })
      #expect(refused.code == 1 && refused.said.contains("AWS gives no login"), "\(refused)")
      #expect(!"\(checked)\(refused)".contains(bench.facts.storageSecret) && !"\(refused)".contains("wrong-secret"))
    }
  }

  // MARK: UNLOAD

  private static let items = """
    CREATE TABLE items (id bigint PRIMARY KEY, name varchar(60), price numeric(12,3), weight double precision, made date,
      seen timestamp, moment timestamptz, clock time, ok boolean, tags super, raw varbyte);
    INSERT INTO items SELECT i, CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'it''s \\ ü ' || i END, i * 1.125, (i + 0.5) / 8.0,
      date '1999-12-31' + i::int, timestamp '2026-01-01 00:00' + i * interval '1.000001 s',
      timestamptz '2026-06-01 12:00+02' + i * interval '1 s', time '00:00' + i * interval '1.25 s', i % 2 = 0,
      jsonb_build_object('n', i), decode(lpad(to_hex(i), 6, '0'), 'hex')
      FROM generate_series(1, 1500) AS i;
    INSERT INTO items (id) VALUES (0);
    """

  /// Rows as both sides write them.
  private static let wanted = """
    SELECT concat_ws('|', id, coalesce(name, '~'), coalesce(price::text, '~'), coalesce(weight::text, '~'), coalesce(made::text, '~'),
      coalesce(seen::text, '~'), coalesce(clock::text, '~'), coalesce(ok::text, '~'),
      coalesce(encode(raw, 'hex'), '~'), coalesce(extract(epoch FROM moment)::bigint::text, '~'), coalesce(tags ->> 'n', '~'))
    FROM items ORDER BY id
    """

  private func found(_ account: SnowflakeAccount) async throws -> [String] {
    try await account.bench.connector([
      """
      SELECT ID, NAME, PRICE, WEIGHT::VARCHAR, MADE, SEEN::VARCHAR,
        CLOCK::VARCHAR, OK::VARCHAR, RAW, DATE_PART(EPOCH_SECOND, MOMENT)::BIGINT,
        PARSE_JSON(TAGS):n::VARCHAR
      FROM \(account.database).PUBLIC.ITEMS ORDER BY ID
      """
    ])[0].rows?.map { $0.map { $0 ?? "~" }.joined(separator: "|") } ?? []
  }

  /// - Parameters:
  ///   - port: where the stand-in is reached, where that is not its own.
  ///   - folder: where UNLOAD writes, below the stage's own folder; elsewhere where nil.
  private func prepare(
    _ workspace: Workspace, _ account: SnowflakeAccount, _ standIn: RedshiftStandIn, rowsPerPart: Int = 600,
    port: Int? = nil, folder: String? = ""
  ) async throws -> [String: String] {
    let (facts, database) = (account.bench.facts, account.database)
    try standIn.database.run(Self.items)
    try await account.bench.connector(["CREATE STAGE \(database).PUBLIC.LAKE URL = 's3://sfc-stage/\(database)/'"])
    try configure(
      workspace, standIn,
      """
      username = "scmplan"
      password = "cmd:echo any"
      sslmode = "disable"
      region = "us-east-1"
      access_key_id = "\(facts.storageKey)"
      secret_access_key = "env:SECRET_OF_AWS"
      unload_s3_bucket = "sfc-stage/\(folder.map { database + $0 } ?? "elsewhere")"
      unload_iam_role_arn = "arn:aws:iam::123456789012:role/unload"
      """,
      target: "[connections.target.snow]\nplatform = \"snowflake\"\nconnection_name = \"bench\"", port: port)
    try workspace.write(
      "wf.json",
      """
      {"tables": [
        {"source": {"tableName": "items"},
         "target": {"databaseName": "\(database)", "schemaName": "public", "tableName": "items"},
         "extraction": {"strategy": "unload", "externalStage": "\(database).PUBLIC.LAKE"},
         "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": \(rowsPerPart)}}
      ]}
      """)
    return ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(facts.moto)", "SECRET_OF_AWS": facts.storageSecret]
  }

  @Test func unloadsIntoSnowflake() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let standIn = try RedshiftStandIn(account.bench)
      let environment = try await prepare(workspace, account, standIn)
      let planned = try await workspace.run("plan", "wf.json", environment: environment)
      #expect(planned.code == 0 && planned.output.contains("Plan: 1 table to create"), "\(planned)")
      let plan = try workspace.read("state/wf.plan.json")
      #expect(plan.contains("UNLOAD ('SELECT") && plan.contains("\(account.database).PUBLIC.LAKE/STATE/RUN"), "\(plan)")
      let applied = try await workspace.run("apply", "state/wf.plan.json", environment: environment)
      #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
      let wanted = try standIn.database.run(Self.wanted).split(separator: "\n").map(String.init)
      let loaded = try await found(account)
      #expect(loaded == wanted, "\(loaded.prefix(3)) \(wanted.prefix(3))")
      #expect(standIn.log.split(separator: "\n").filter { $0.contains("\"unload\"") }.count == 3)
      let left = try await account.bench.connector(["LIST @\(account.database).PUBLIC.LAKE"])[0].rows
      #expect(left == [], "what is loaded is removed")

      try standIn.database.run("UPDATE items SET name = 'changed' WHERE id = 700; DELETE FROM items WHERE id = 701")
      let refreshed = try await workspace.run("refresh", "wf.json", environment: environment)
      #expect(refreshed.code == 0, "\(refreshed) \(workspace.engineLog)")
      #expect(try await found(account) == standIn.database.run(Self.wanted).split(separator: "\n").map(String.init))
      #expect(standIn.log.split(separator: "\n").filter { $0.contains("\"unload\"") }.count == 4)
    }
  }

  /// An attempt that failed is followed by one with a folder of its own, and nothing comes twice.
  @Test(arguments: ["half", "no-manifest", "cut-unload"])
  func anUnloadThatFailsIsMadeAgain(fault: String) async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let standIn = try RedshiftStandIn(account.bench)
      let environment = try await prepare(workspace, account, standIn)
      try standIn.setFault(fault)
      let applied = try await workspace.run("apply", "wf.json", "--auto-approve", environment: environment)
      #expect(standIn.hasFired)
      #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
      #expect(try await found(account) == standIn.database.run(Self.wanted).split(separator: "\n").map(String.init))
      let places = standIn.log.split(separator: "\n").filter { $0.contains("\"unload\"") }
      #expect(places.count == 4 && Set(places).count == 4, "\(places)")
    }
  }

  @Test func aStageThatLeadsElsewhereIsNoticedByThePlan() async throws {
    try await Workspace.with { workspace in
      let account = try await SnowflakeAccount(workspace)
      let standIn = try RedshiftStandIn(account.bench)
      let environment = try await prepare(workspace, account, standIn, folder: nil)
      let planned = try await workspace.run("plan", "wf.json", environment: environment)
      #expect(planned.code == 1 && planned.complaint.contains("items: UNLOAD will write below"), "\(planned)")
      #expect(planned.complaint.contains("leads to s3://sfc-stage/\(account.database)/"), "\(planned)")
      try await account.bench.connector(["DROP STAGE \(account.database).PUBLIC.LAKE"])
      let missing = try await workspace.run("plan", "wf.json", environment: environment)
      #expect(missing.code == 1 && missing.complaint.contains("cannot be used"), "\(missing)")
      #expect(!standIn.log.contains("\"unload\""), "nothing was written")
    }
  }

  /// The connection over which the statements go breaks before, during and after them: every attempt has a folder of its own,
  /// and whatever a lost one wrote is never loaded.
  @Test func connectionsThatBreakAroundUnloadLoseAndDoubleNothing() async throws {
    let seed = UInt64.random(in: 1...999_999_999)
    print("connections that break around UNLOAD: seed \(seed)")
    try await Workspace.with { workspace in
      var random = SeededGenerator(seed: seed)
      let account = try await SnowflakeAccount(workspace)
      let standIn = try RedshiftStandIn(account.bench)
      let proxy = try CuttingProxy(to: standIn.port)
      let environment = try await prepare(workspace, account, standIn, rowsPerPart: 150, port: proxy.port)
      let planned = try await workspace.run("plan", "wf.json", environment: environment)
      #expect(planned.code == 0, "\(planned)")
      let faults = (0..<200).map { number -> CuttingProxy.Fault? in
        guard random.chance(90) else { return nil }
        let act: CuttingProxy.Act = random.chance(50) ? .close : .reset
        switch random.number(0..<4) {
        case 0: return CuttingProxy.Fault(.behind(Array("UNLOAD (".utf8), from: .client), act)
        case 1:
          return CuttingProxy.Fault(.behind(Array("UNLOAD\0".utf8), plus: random.number(0..<7), from: .server), act)
        case 2: return CuttingProxy.Fault(.behind(Array("COMMIT".utf8), from: .client), act)
        default: return CuttingProxy.Fault(.after(random.number(0..<5000), from: .server), act)
        }
      }
      proxy.arm { $0 < faults.count ? faults[$0] : nil }
      let applied = try await workspace.run("apply", "state/wf.plan.json", environment: environment)
      let harmed = proxy.harmed
      proxy.disarm()
      #expect(!harmed.isEmpty, "seed \(seed): \(harmed)")
      if applied.code != 0 {
        let again = try await workspace.run("apply", "wf.json", "--auto-approve", environment: environment)
        #expect(again.code == 0, "seed \(seed): \(harmed) \(applied) \(again)")
      }
      let isEqual =
        try await found(account) == standIn.database.run(Self.wanted).split(separator: "\n").map(String.init)
      #expect(isEqual, "seed \(seed): \(harmed)")
      let places = standIn.log.split(separator: "\n").filter { $0.contains("\"unload\"") }
      #expect(Set(places).count == places.count, "seed \(seed): two attempts wrote to one place")
      print("connections that break around UNLOAD: \(harmed.count) broke, \(places.count) statements for 11 parts")
    }
  }
}
