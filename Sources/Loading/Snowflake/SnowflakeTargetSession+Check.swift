package import Catalogs
package import Plans
import Snowflake

extension SnowflakeTargetSession {
  /// Whether the account lets us in, with a role and a warehouse, and has the tables' schemas.
  package func check(_ tables: [ObjectName]) -> [CheckFinding] {
    let subject = "Snowflake \(account)"
    do {
      let row = try ask("SELECT CURRENT_ROLE() AS R, CURRENT_WAREHOUSE() AS W").named.first ?? [:]
      var findings = [CheckFinding(.ok, subject, "logged in as role \(row["r"] ?? "of the user's default")")]
      if (row["w"] ?? "").isEmpty {
        findings.append(
          CheckFinding(
            .failed, subject, "the session has no warehouse, and nothing loads without one",
            remedy: "name a warehouse in connections.toml, or: ALTER USER … SET DEFAULT_WAREHOUSE = …"))
      }
      let places = Set(tables.map { SnowflakeName.beside($0, "") }).filter { $0.database != nil && $0.schema != nil }
      for name in places.sorted() {
        guard let database = name.database, let schema = name.schema else { continue }
        let place = "\(database).\(schema)"
        let question =
          "SELECT SCHEMA_NAME FROM \(SnowflakeName.written(database)).INFORMATION_SCHEMA.SCHEMATA "
          + "WHERE SCHEMA_NAME = \(SnowflakeName.text(schema))"
        let isThere = try existing { try ask(question) }?.rows.isEmpty == false
        findings.append(
          isThere
            ? CheckFinding(.ok, "schema \(place)", "can be seen")
            : CheckFinding(
              .failed, "schema \(place)", "it does not exist, or the role may not see it",
              remedy: "CREATE SCHEMA \(place); or grant its use: scmplan setup-sql"))
      }
      return findings
    } catch let error as SnowflakeError {
      return [
        CheckFinding(
          .failed, subject, "\(error)", remedy: "correct the connection in connections.toml, then check again")
      ]
    } catch {
      return [CheckFinding(.failed, subject, "\(error)", remedy: "correct the connection, then check again")]
    }
  }
}
