import Foundation
import Support
import Testing

/// `setup-sql`: a script for the workflow's tables, and what stands in its way.
@Suite struct SetupSQLTests {
  private static let publicKey = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
    q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
    -----END PUBLIC KEY-----

    """

  @Test func namesWhatTheWorkflowNames() async throws {
    try await Workspace.with { workspace in
      try Self.publicKey.write(toFile: workspace.folder + "/key.pub", atomically: true, encoding: .utf8)
      try #"""
      {"tables": [
        {"source": {"tableName": "a"}, "target": {"databaseName": "sales", "schemaName": "dbo", "tableName": "a"}},
        {"source": {"tableName": "b"}, "target": {"schemaName": "\"dbo\"", "tableName": "b", "tableType": "iceberg",
          "icebergConfig": {"externalVolume": "lake", "catalogSync": "open"}}}]}
      """#.write(toFile: workspace.folder + "/wf.json", atomically: true, encoding: .utf8)
      let result = try await workspace.run(
        "setup-sql", "wf.json", "--database", "hr", "--public-key", "key.pub", "--allow-address", "192.0.2.0/24",
        "--warehouse-size", "Large", environment: ["CUSTOM_SNOWFLAKE_DATABASE_FOR_METADATA": "OPS"])
      #expect(result.code == 0, "\(result)")
      for line in [
        #"CREATE SCHEMA IF NOT EXISTS "SALES"."DBO";"#, #"CREATE SCHEMA IF NOT EXISTS "HR"."dbo";"#,
        #"CREATE SCHEMA IF NOT EXISTS "OPS"."DATA_MIGRATION";"#,
        #"GRANT USAGE ON EXTERNAL VOLUME "LAKE" TO ROLE "SCMPLAN";"#,
        #"GRANT USAGE ON INTEGRATION "OPEN" TO ROLE "SCMPLAN";"#,
      ] { #expect(result.output.contains(line + "\n"), "\(line): \(result)") }
      #expect(result.output.contains("WAREHOUSE_SIZE = LARGE "))
      #expect(result.output.contains("RSA_PUBLIC_KEY = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3ch"))
    }
  }

  @Test func refusesWhatIsNoNameAddressSizeOrPublicKey() async throws {
    try await Workspace.with { workspace in
      let privateKey = Self.publicKey.replacing("PUBLIC", with: "PRIVATE")
      try privateKey.write(toFile: workspace.folder + "/key.p8", atomically: true, encoding: .utf8)
      try "nothing".write(toFile: workspace.folder + "/none.pub", atomically: true, encoding: .utf8)
      let schema = ["--database", "d", "--schema", "s"]
      let cases: [(arguments: [String], code: Int32, words: String)] = [
        ([], 64, "--database and --schema"),
        (["--database", "d"], 64, "--database and --schema"),
        (["wf.json"], 1, "does not exist"),
        (schema + ["--role", "\"open"], 64, "does not close"),
        (schema + ["--warehouse-size", "huge"], 64, "xsmall"),
        (schema + ["--allow-address", "192.0.2.256"], 64, "192.0.2.0/24"),
        (schema + ["--allow-address", "192.0.2.0/33"], 64, "192.0.2.0/24"),
        (schema + ["--public-key", "absent.pub"], 1, "cannot be read"),
        (schema + ["--public-key", "none.pub"], 1, "no public key"),
        (schema + ["--public-key", "key.p8"], 1, "private key"),
      ]
      for expected in cases {
        let result = try await workspace.start(["setup-sql"] + expected.arguments).end()
        #expect(result.code == expected.code, "\(result)")
        #expect(result.complaint.contains(expected.words), "\(result)")
        #expect(result.output.isEmpty && !result.errors.contains("MFkw"), "\(result)")
      }
    }
  }
}
