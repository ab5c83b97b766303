import Loading
import Testing

@Suite struct SnowflakeSetupTests {
  private static let metadata = SnowflakeSetup.Schema(database: "META", name: "RUNS")

  private func script(_ change: (inout SnowflakeSetup) -> Void = { _ in }) -> [String] {
    var setup = SnowflakeSetup(
      role: "MOVER", user: "MOVER_USER", warehouse: "MOVES",
      schemas: [.init(database: "SALES", name: "DBO"), .init(database: "SALES", name: "DBO")], metadata: Self.metadata)
    change(&setup)
    return setup.script.split(separator: "\n").map(String.init)
  }

  @Test func everySchemaIsMadeAndGrantedOnce() {
    let lines = script { $0.schemas.append(.init(database: "HR", name: #"Odd "one""#)) }
    #expect(lines.filter { $0.hasPrefix("CREATE DATABASE") }.count == 3)
    #expect(lines.filter { $0.hasPrefix("CREATE SCHEMA") }.count == 3)
    #expect(lines.contains(#"CREATE SCHEMA IF NOT EXISTS "HR"."Odd ""one""";"#))
    #expect(
      lines.contains(#"GRANT USAGE, CREATE TABLE, CREATE STAGE ON SCHEMA "HR"."Odd ""one""" TO ROLE "MOVER";"#))
    #expect(lines.contains(#"GRANT USAGE, CREATE TABLE, CREATE VIEW ON SCHEMA "META"."RUNS" TO ROLE "MOVER";"#))
  }

  /// A role must be able to make what a statement makes, and to grant what it grants.
  @Test func everyStatementHasTheRoleThatMayRunIt() throws {
    let lines = script {
      $0.addresses = ["192.0.2.0/24"]
      $0.publicKey = "AAAA"
      $0.externalVolumes = ["VOL"]
      $0.catalogs = ["GLUE"]
    }
    var role = ""
    for line in lines where !line.hasPrefix("--") {
      #expect(line.hasSuffix(";"))
      if line.hasPrefix("USE ROLE ") {
        role = String(line.dropFirst(9).dropLast())
        continue
      }
      let words = line.split(separator: " ")
      let expected: String =
        switch (words[0], words[1]) {
        case ("CREATE", "ROLE"), ("CREATE", "USER"), ("GRANT", "ROLE"): "USERADMIN"
        case ("CREATE", "WAREHOUSE"), ("CREATE", "DATABASE"), ("CREATE", "SCHEMA"): "SYSADMIN"
        default: "SECURITYADMIN"
        }
      #expect(role == expected, "\(line)")
    }
  }

  @Test func icebergIsGrantedOnlyWhereItIsNamed() {
    #expect(!script().contains { $0.contains("ICEBERG") || $0.contains("VOLUME") })
    let lines = script {
      $0.externalVolumes = ["VOL"]
      $0.catalogs = ["GLUE"]
    }
    #expect(lines.contains(#"GRANT USAGE ON EXTERNAL VOLUME "VOL" TO ROLE "MOVER";"#))
    #expect(lines.contains(#"GRANT USAGE ON INTEGRATION "GLUE" TO ROLE "MOVER";"#))
    #expect(lines.contains(#"GRANT CREATE ICEBERG TABLE ON SCHEMA "SALES"."DBO" TO ROLE "MOVER";"#))
  }

  @Test func aKeyAndAddressesAreSetOrExplained() {
    let without = script()
    #expect(!without.contains { $0.hasPrefix("ALTER USER") || $0.hasPrefix("CREATE NETWORK") })
    #expect(without.contains { $0.contains("--public-key") })
    #expect(without.contains { $0.contains("--allow-address") })
    let with = script {
      $0.addresses = ["192.0.2.7", "198.51.100.0/24"]
      $0.publicKey = "it's"
    }
    #expect(with.contains(#"ALTER USER "MOVER_USER" SET RSA_PUBLIC_KEY = 'it''s';"#))
    #expect(with.contains { $0.contains("ALLOWED_IP_LIST = ('192.0.2.7', '198.51.100.0/24')") })
  }
}
