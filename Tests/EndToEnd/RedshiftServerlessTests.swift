import Foundation
import Support
import Testing

/// Redshift Serverless: address and login come from AWS, whose API is moto's with what moto lacks of it beside.
@Suite struct RedshiftServerlessTests {
  /// Makes a workgroup that leads to the stand-in, by a client that is not of the program.
  private func makeWorkgroup(
    _ name: String, _ standIn: RedshiftStandIn, _ bench: SnowflakeBench, _ workspace: Workspace
  ) async throws {
    let made = try await workspace.start(
      SnowflakeBench.python,
      [
        "-c",
        """
        import boto3
        boto3.client("redshift-serverless", endpoint_url="http://127.0.0.1:\(bench.facts.moto)", region_name="eu-central-1").create_workgroup(
            workgroupName="\(name)", namespaceName="tests", port=\(standIn.port))
        """,
      ],
      environment: [
        "AWS_ACCESS_KEY_ID": bench.facts.storageKey, "AWS_SECRET_ACCESS_KEY": bench.facts.storageSecret,
      ]
    ).end()
    #expect(made.code == 0, "\(made)")
  }

  @Test(arguments: ["", "driver = \"PostgreSQL Unicode\""]) func movesATableWithWhatAWSGives(driver: String)
    async throws
  {
    try await Workspace.with { workspace in
      let bench = try await SnowflakeBench.shared()
      let standIn = try RedshiftStandIn()
      try standIn.database.run(
        """
        CREATE TABLE items (id bigint PRIMARY KEY, name varchar(40), price numeric(10,2), tags super);
        INSERT INTO items SELECT i, 'item ü ' || i, i * 1.25, jsonb_build_array('a', i) FROM generate_series(1, 1500) AS i;
        """)
      let workgroup = "mig-\(UUID().uuidString.prefix(8).lowercased())"
      try await makeWorkgroup(workgroup, standIn, bench, workspace)
      try workspace.write(
        "configuration.toml",
        """
        [application]
        heartbeat_seconds = 1
        lease_seconds = 3

        [connections.source.redshift]
        auth_method = "iam-serverless"
        workgroup = "\(workgroup)"
        region = "eu-central-1"
        database = "\(standIn.database.name)"
        access_key_id = "\(bench.facts.storageKey)"
        secret_access_key = "env:SECRET_OF_AWS"
        sslmode = "disable"
        \(driver)

        [connections.target.sqlite]
        path = "\(workspace.target)"

        [state]
        path = "\(workspace.state)"
        """)
      try workspace.write(
        "wf.json",
        """
        {"tables": [{"source": {"schemaName": "public", "tableName": "items"}, "target": {"tableName": "items"},
          "synchronization": {"strategy": "checksum"}, "partitionSize": {"maxRowsPerPartition": 600}}]}
        """)
      let environment = [
        "AWS_ENDPOINT_URL": "http://127.0.0.1:\(bench.facts.moto)", "SECRET_OF_AWS": bench.facts.storageSecret,
      ]
      let planned = try await workspace.run("plan", "wf.json", environment: environment)
      #expect(planned.code == 0 && planned.output.contains("Plan: 1 table to create"), "\(planned)")
      let applied = try await workspace.run("apply", "state/wf.plan.json", environment: environment)
      #expect(applied.code == 0, "\(applied) \(workspace.engineLog)")
      let wanted = try standIn.database.run(
        "SELECT id || '|' || name || '|' || price || '|' || tags FROM items ORDER BY id")
      let loaded = try workspace.openTarget().texts(
        "SELECT id || '|' || name || '|' || printf('%.2f', price) || '|' || tags FROM items ORDER BY id")
      #expect(loaded == wanted.split(separator: "\n").map(String.init) && loaded.count == 1500)
      #expect(standIn.log.contains("{\"login\": \"IAM:\(workgroup)\", \"password\": true}"), "\(standIn.log)")

      let refused = try await workspace.run(
        "check", "wf.json", environment: environment.merging(["SECRET_OF_AWS": "wrong-secret"]) { $1 })
      #expect(refused.code == 1 && refused.said.contains("AWS gives no login"), "\(refused)")
      try await workspace.enginesEnd()
      // Temporary passwords begin so.
      for secret in ["temporary-", bench.facts.storageSecret, "wrong-secret"] {
        #expect(!"\(planned)\(applied)\(refused)\(workspace.engineLog)".contains(secret))
        let found = try await workspace.start("/bin/grep", ["-rlaF", secret, "."]).end()
        #expect(found.code == 1, "\(found)")
      }
    }
  }
}
