import ODBC
import Postgres

/// What differs between the servers that are reached through an ODBC driver of PostgreSQL's kind.
enum PostgresODBCServer {
  case postgresql
  case redshift

  /// Rows of one `FETCH`: what single-node clusters of Redshift bring at the most.
  /// Source: https://docs.aws.amazon.com/redshift/latest/dg/fetch.html
  static let pageRows = 1000

  /// Whether large results are read through a cursor of SQL's own, page by page.
  ///
  /// psqlODBC holds a whole result in memory unless it uses a cursor. Those that it declares by itself (`UseDeclareFetch`) are read by
  /// `FETCH n IN`, which Redshift does not document; Amazon's drivers have settings of their own for the same, which differ from
  /// version to version. `DECLARE` and `FETCH FORWARD n FROM` are Redshift's own words, whichever driver carries them.
  var pages: Bool { self == .redshift }

  /// Keys that both kinds of driver know, and psqlODBC's own: texts and bytes of any length as they are, no line break changed.
  func string(_ settings: PostgresSettings, driver: String, raw: String) -> ODBCConnectionString {
    var string = ODBCConnectionString(raw: raw)
    string.add("Driver", driver)
    string.add("Server", settings.host)
    string.add("Port", "\(settings.port)")
    string.add("Database", settings.database)
    string.add("UID", settings.user)
    string.add("PWD", settings.password)
    string.add("SSLmode", settings.sslMode)
    let options = PostgresSettings.lifeSigns + (settings.sslRootCertificate.map { [("sslrootcert", $0)] } ?? [])
    string.add("pqopt", options.map { "\($0.keyword)=\(Self.quoted($0.value))" }.joined(separator: " "))
    string.add("UseDeclareFetch", pages ? "0" : "1")
    if !pages { string.add("Fetch", "5000") }
    string.add("LFConversion", "0")
    string.add("BoolsAsChar", "0")
    string.add("UnknownsAsLongVarchar", "1")
    // No savepoint before each statement: a transaction that has one exports no snapshot, and what fails ends it anyway.
    string.add("Protocol", "7.4-1")
    string.add("ByteaAsLongVarBinary", "1")
    return string
  }

  /// A value as libpq's connection strings have it.
  private static func quoted(_ value: String) -> String {
    "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }

  /// Where a driver comes from.
  var packages: String {
    switch self {
    case .postgresql: "Debian has it in the package odbc-postgresql"
    case .redshift:
      "psqlODBC is in Debian's package odbc-postgresql, Amazon's driver comes from Amazon; without driver libpq is used"
    }
  }
}
