import Catalogs
import Testing
import Workflows

@Suite struct ConfigurationReaderTests {
  private static let secretWarning = "a secret in the file; write env:NAME, file:PATH or cmd:PROGRAM instead"

  /// The whole file that the SnowConvert worker documents.
  @Test func readsAWorkerConfiguration() throws {
    let configuration = try configuration(
      """
      selected_task_source = "snowflake_stored_procedure"

      [application]
      max_parallel_tasks = 4
      task_fetch_interval = 30
      affinity = "blue"
      snowflake_database_for_metadata = "SNOWCONVERT_AI"
      snowflake_schema_for_data_migration_metadata = "DATA_MIGRATION"

      # SQL Server connection (standard authentication)
      [connections.source.sqlserver]
      username = "username"
      password = "password"
      database = "database_name"
      host = "127.0.0.1"
      port = 1433

      [connections.source.redshift-iam]
      username = "demo-user"
      database = "demo_db"
      auth_method = "iam-provisioned-cluster"
      cluster_id = "my-aws-cluster"
      region = "us-west-2"
      access_key_id = "your-access-key-id"
      secret_access_key = "your-secret-access-key"
      unload_s3_bucket = "my-migrations-bucket"
      unload_iam_role_arn = "arn:aws:iam::123456789012:role/MyRole"

      [connections.source.redshift-standard]
      username = "myuser"
      password = "mypassword"
      database = "mydatabase"
      host = "my-cluster.abcdef123456.us-west-2.redshift.amazonaws.com"
      port = 5439
      auth_method = "standard"

      [connections.target.snowflake_connection_name]
      connection_name = "connection_name"
      """,
      warnings: [
        "?13:1 connections.source.sqlserver.password: \(Self.secretWarning)",
        "?25:1 connections.source.redshift-iam.secret_access_key: \(Self.secretWarning)",
        "?31:1 connections.source.redshift-standard.password: \(Self.secretWarning)",
      ])
    #expect(configuration.sources.map(\.name) == ["redshift-iam", "redshift-standard", "sqlserver"])
    #expect(configuration.sources.map(\.platform) == [.redshift, .redshift, .sqlserver])
    #expect(configuration.targets.map(\.platform) == [.snowflake])
    #expect(configuration.targets.first?.settings.literal(.connectionName) == "connection_name")
    let resolver = TableResolver(values: [:])
    let application = try configuration.applicationSettings(by: resolver)
    #expect(application == ApplicationSettings(taskFetchInterval: 30, affinity: "blue"))
    let server = try configuration.sources[2].settings.resolved(by: resolver)
    #expect(server.text(.host) == "127.0.0.1")
    #expect(server.number(.port) == 1433)
    #expect(server.secret(.password)?.revealed == "password")
    #expect(try configuration.sources[1].settings.resolved(by: resolver).text(.authMethod) == "standard")
  }

  @Test func readsOurOwnAdditions() throws {
    let configuration = try configuration(
      """
      application = { worker_memory_mb = 64, lease_seconds = 10, heartbeat_seconds = 5 }
      [connections.source.shop]
      platform = "sqlite"
      path = "shop.db"
      [connections.source.postgres_main]
      host = "db"
      username = "u"
      password = "env:PGPASSWORD"
      database = "d"
      sslmode = "VERIFY-full"
      sslrootcert = "ca.pem"
      [connections.source.sqlserver]
      odbc_connection_string = "Driver=x;Server=y;Trusted_Connection=yes"
      encrypt = true
      trust_server_certificate = false
      application_intent = "readonly"
      [connections.source.redshift]
      database = "d"
      workgroup = "w"
      region = "eu-west-1"
      auth_method = "iam-serverless"
      profile = "p"
      role_arn = "arn"
      session_token = "file:token"
      access_key_id = "env:A"
      secret_access_key = "cmd:pass 'show it' \\"a b\\""
      [connections.target.sqlite]
      path = "target.db"
      [state]
      url = "postgresql://host/db"
      """)
    #expect(configuration.sources.map(\.platform) == [.postgresql, .redshift, .sqlite, .sqlserver])
    #expect(configuration.targets.map(\.platform) == [.sqlite])
    let redshift = configuration.sources[1].settings
    #expect(redshift.reference(.secretAccessKey) == .command(program: "pass", arguments: ["show it", "a b"]))
    #expect(redshift.reference(.sessionToken) == .file("token"))
    let server = try configuration.sources[3].settings.resolved(by: TableResolver(values: [:]))
    #expect(server.text(.encrypt) == "yes")
    #expect(server.flag(.trustServerCertificate) == false)
    #expect(server.text(.applicationIntent) == "ReadOnly")
    #expect(configuration.sources[0].settings.literal(.sslmode) == "verify-full")
    let application = try configuration.applicationSettings(by: TableResolver(values: [:]))
    #expect(application == ApplicationSettings(workerMemoryMb: 64, leaseSeconds: 10, heartbeatSeconds: 5))
    let state = try configuration.stateLocation(by: TableResolver(values: [:]))
    #expect(state == .url(Secret("postgresql://host/db")))
  }

  @Test func takesAnEmptyFile() throws {
    let configuration = try configuration("")
    #expect(configuration == Configuration())
    #expect(try configuration.applicationSettings(by: TableResolver(values: [:])) == ApplicationSettings())
    #expect(try configuration.stateLocation(by: TableResolver(values: [:])) == nil)
  }

  @Test func tellsEverythingAtOnceWithItsPlace() {
    let text = """
      selected_task_source = "other"
      colour = "blue"

      [aplication]
      [application]
      worker_memory_mb = 63
      max_parallel_tasks = "4"
      taskfetchinterval = 5
      lease_seconds = 8
      affinity = 5

      [connections.sources.x]
      [connections.source]
      sqlserver.host = "h"
      sqlserver.port = 70000
      [connections.source.oracle]
      [connections.source.sqlite]
      platform = "sqlit"
      [connections.source."redshift-x"]
      auth_method = "iam-server"
      database = ""
      [connections.target.snow]
      connection = "c"
      [connections.target.sqlite]
      [state]
      url = "mysql://x"
      path = true
      """
    #expect(
      lines(readConfiguration(text).diagnostics) == [
        "1:1 selected_task_source: must be \"snowflake_stored_procedure\" where it is given",
        "2:1 colour: unknown key; known are selected_task_source, application, connections, state",
        "4:1 aplication: unknown key; did you mean application?",
        "6:1 application.worker_memory_mb: 63 is not from 64 to 1048576",
        "7:1 application.max_parallel_tasks: expected a whole number, found text",
        "8:1 application.taskfetchinterval: unknown key; did you mean task_fetch_interval?",
        "9:1 application.lease_seconds: heartbeat_seconds (5) must be at most half of lease_seconds (8)",
        "10:1 application.affinity: expected text in quotes, found a number",
        "12:1 connections.sources: unknown key; did you mean source?",
        "14:1 connections.source.sqlserver: needs username, password, database",
        "15:1 connections.source.sqlserver.port: 70000 is not from 1 to 65535",
        "16:1 connections.source.oracle: the name tells no platform; set platform",
        "18:1 connections.source.sqlite.platform: must be one of postgres, postgresql, redshift, sqlite, sqlserver; did you mean sqlite?",
        "20:1 connections.source.redshift-x.auth_method: \"iam-server\" is not one of standard, iam-provisioned-cluster, iam-serverless",
        "21:1 connections.source.redshift-x.database: the text is empty",
        "22:1 connections.target.snow: Snowflake needs connection_name",
        "23:1 connections.target.snow.connection: unknown key; known are platform, connection_name",
        "24:1 connections.target.sqlite: SQLite needs path",
        "26:1 state.url: must begin with postgresql:, snowflake: or sqlite:",
        "27:1 state.path: expected text in quotes, found true or false",
      ])
    #expect(readConfiguration(text).configuration == nil)
  }

  @Test(arguments: [
    ("host = \"h\"", "needs username, password, database"), ("", "needs host, username, password, database"),
    ("odbc_connection_string = \"DSN=x\"", nil),
  ])
  func needsWhatSQLServerNeeds(_ keys: String, _ message: String?) {
    let diagnostics = readConfiguration("[connections.source.sqlserver]\n\(keys)").diagnostics
    #expect(diagnostics.map(\.message) == (message.map { [$0] } ?? []))
  }

  @Test(arguments: [
    ("database = 'd'", "needs host, username, password"),
    ("auth_method = 'iam-provisioned-cluster'\ndatabase = 'd'", "needs username, cluster_id, region"),
    ("auth_method = 'iam-serverless'\ndatabase = 'd'", "needs workgroup, region"),
    ("auth_method = 'env:METHOD'", "needs database"),
    (
      "auth_method = 'iam-serverless'\ndatabase = 'd'\nworkgroup = 'w'\nregion = 'r'\naccess_key_id = 'a'",
      "needs secret_access_key"
    ),
    (
      "auth_method = 'iam-serverless'\ndatabase = 'd'\nworkgroup = 'w'\nregion = 'r'\nsession_token = 'env:A'",
      "needs access_key_id"
    ),
    (
      "auth_method = 'iam-serverless'\ndatabase = 'd'\nworkgroup = 'w'\nregion = 'r'\npassword = 'env:A'",
      "does nothing with auth_method iam-serverless"
    ),
    ("odbc_connection_string = 'DSN=x'\ncluster_id = 'c'", "does nothing with auth_method standard"),
  ])
  func needsWhatRedshiftNeeds(_ keys: String, _ message: String) {
    #expect(readConfiguration("[connections.source.redshift]\n\(keys)").diagnostics.map(\.message) == [message])
  }

  @Test(arguments: [
    ("[connections.source.sqlite]", "connections.source.sqlite: needs path"),
    ("[connections.source.postgresql]\nhost = 'h'", "connections.source.postgresql: needs username, database"),
    (
      "[connections.source.sqlsrver]",
      "connections.source.sqlsrver: the name tells no platform; did you mean sqlserver?"
    ),
    ("[connections]\nsource = 5", "connections.source: expected a section, found a number"),
    ("[[connections.source.sqlite]]\npath = 'x'", "connections.source.sqlite: expected a section, found an array"),
    ("state = 'x'", "state: expected a section, found text"),
    ("[state]\nurl = 'sqlite:x'\npath = 'y'", "state: takes url or path, not both"),
    ("selected_task_source = 5", "selected_task_source: must be \"snowflake_stored_procedure\" where it is given"),
    (
      "[connections.source.sqlite]\npath = ['a']",
      "connections.source.sqlite.path: expected text in quotes, found an array"
    ),
    (
      "[connections.target.x]\nplatform = 'snowflak'\nconnection_name = 'c'",
      "connections.target.x.platform: must be one of snowflake, sqlite; did you mean snowflake?"
    ),
  ])
  func refuses(_ text: String, _ message: String) {
    #expect(messages(readConfiguration(text).diagnostics) == [message])
  }

  @Test(arguments: ["env:", "env:A B", "env:1A", "env:É", "file:", "cmd:", "cmd:   ", "cmd:a 'b"])
  func refusesBrokenReferences(_ reference: String) {
    let outcome = readConfiguration("[connections.source.sqlite]\npath = \"\(reference)\"")
    #expect(outcome.diagnostics.map(\.position) == [Position(line: 2, column: 1)])
    #expect(outcome.configuration == nil)
  }

  /// A connection string or an address is a secret only where it holds a password.
  @Test(arguments: [
    ("[connections.source.sqlserver]\nodbc_connection_string = 'Driver=x;Pwd=y'", true),
    ("[connections.source.sqlserver]\nodbc_connection_string = 'Driver=x; password =y'", true),
    ("[connections.source.sqlserver]\nodbc_connection_string = 'Driver=pwd'", false),
    ("[state]\nurl = 'postgresql://u:p@h/d'", true), ("[state]\nurl = 'postgresql://u@h:5432/d'", false),
    ("[state]\nurl = 'postgresql://h/d?user=u&password=p'", true), ("[state]\nurl = 'snowflake:main'", false),
  ])
  func warnsOfSecretsInTheFile(_ text: String, _ isSecret: Bool) {
    let outcome = readConfiguration(text)
    #expect(outcome.diagnostics.map(\.message) == (isSecret ? [Self.secretWarning] : []))
    #expect(outcome.configuration != nil)
  }

  @Test(arguments: [
    ("a = 1\na = 2", "2:5 : no valid TOML: in key-value pair: cannot redefine existing integer 'a'"),
    ("[x]\n[x]", "2:1 : no valid TOML: in table header: cannot redefine existing table 'x'"),
    ("x = \"abc", "1:9 : no valid TOML: in string: encountered end-of-file"),
    ("[[[x]]]", "1:1 : a section without a name"), ("[]", "1:1 : a section without a name"),
    ("x = hunter2", "1:5 : a value is text in quotes, a whole number, true or false"),
    ("x =", "1:4 : no valid TOML: in key-value pair: encountered end-of-file"),
    ("x = \n", "1:5 : a value is text in quotes, a whole number, true or false"),
    ("x = 1979-05-27 3", "1:5 : a value is text in quotes, a whole number, true or false"),
    ("x = 5.5", "1:5 : a value is text in quotes, a whole number, true or false"),
    ("x = \"a\" hunter2", "1:9 : no valid TOML: in key-value pair: expected a comment or whitespace, saw 'h'"),
    ("a\n\u{0}", "2:1 : a NUL byte; the file is no UTF-8 text"),
  ])
  func tellsWhereTheTextIsNoTOML(_ text: String, _ line: String) {
    #expect(lines(readConfiguration(text).diagnostics) == [line])
  }

  @Test func refusesOtherEncodings() {
    let outcome = Configuration.read(bytes: Array("[state]\npath = \"".utf8) + [0xE9] + Array("\"".utf8))
    #expect(lines(outcome.diagnostics) == ["1:1 : the file is not UTF-8; save it as UTF-8"])
  }

  @Test(arguments: ["a.", "a = {a = ", "a = ["])
  func survivesDepthBombs(_ unit: String) {
    let start = unit == "a." ? "" : String(unit.prefix(4))
    let outcome = readConfiguration(
      start + String(repeating: String(unit.suffix(unit == "a." ? 2 : 5)), count: 100_000))
    #expect(outcome.configuration == nil)
    #expect(outcome.diagnostics.count == 1)
  }

  /// Every way TOML has to write a key leads to the place of the key.
  @Test func findsKeysHoweverTheyAreWritten() {
    let text = """
      # [state]
      connections.source."sqlite".pth = 'x'
      connections.source.sqlite.path = '''
      [state]
      path = 5'''
      state = { url = "sqlite:x", # not a comment in older TOML
      """
      .replacing(", # not a comment in older TOML", with: ", wrong = [1, \"]\", {a = 2}] }") + """

        [connections.target . 'sqlite']
          pathh = \"\"\"
        [application]\"\"\"
        [application]
        "max_parallel_tasks" = 0
        """
    #expect(
      lines(readConfiguration(text).diagnostics) == [
        "2:1 connections.source.sqlite.pth: unknown key; did you mean path?",
        "6:29 state.wrong: unknown key; known are url, path",
        "7:1 connections.target.sqlite: SQLite needs path",
        "8:3 connections.target.sqlite.pathh: unknown key; did you mean path?",
        "11:1 application.max_parallel_tasks: 0 is not from 1 to 1024",
      ])
  }
}
