import ArgumentParser
import Catalogs
import Foundation
import Loading
import Workflows

/// `scmplan setup-sql`: prints what an administrator runs in a Snowflake account before a migration.
struct SetupSQLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup-sql",
    abstract: "Prints the Snowflake role, user, warehouse, grants and network policy for a migration.",
    discussion: """
      With a workflow, the databases, schemas, volumes and integrations are those that its tables name:
        scmplan setup-sql wf.json --public-key scmplan_key.pub > setup.sql
      Nothing is run: read the script, and run it as an administrator.
      """)

  @Argument(help: "The workflow file; without one, name --database and --schema.")
  var workflow: String?

  @Option(help: "The database of tables that name none.")
  var database: String?

  @Option(help: "The schema of tables that name none.")
  var schema: String?

  @Option(help: "The role to create.")
  var role = "SCMPLAN"

  @Option(help: "The service user to create.")
  var user = "SCMPLAN"

  @Option(help: "The warehouse to create.")
  var warehouse = "SCMPLAN"

  @Option(
    name: .customLong("warehouse-size"),
    help: ArgumentHelp(
      "One of \(SnowflakeSetup.Size.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "size"))
  var size = SnowflakeSetup.Size.xsmall.rawValue

  @Option(name: .customLong("public-key"), help: "The public key of the user, a PEM file.")
  var publicKey: String?

  @Option(
    name: .customLong("allow-address"),
    help: ArgumentHelp("The user may log in from this address or CIDR block only; repeatable.", valueName: "address"))
  var addresses: [String] = []

  func run() throws {
    Output.standard.line(try setup().script.trimmingCharacters(in: .newlines))
  }

  private func setup() throws -> SnowflakeSetup {
    guard let size = SnowflakeSetup.Size(rawValue: size.lowercased().filter { $0 != "-" }) else {
      throw Failure(
        .usage, "\(self.size) is no size of a warehouse",
        "Sizes are \(SnowflakeSetup.Size.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    for address in addresses where !AddressBlock.isValid(address) {
      throw Failure(
        .usage, "--allow-address \(address) is no IPv4 address or block", "Write 192.0.2.7 or 192.0.2.0/24.")
    }
    let targets = try workflow.map { try WorkflowFile.document($0).workflow.tables.map(\.target) } ?? []
    let environment = ProcessInfo.processInfo.environment
    var setup = SnowflakeSetup(
      role: try stored(role, "--role"), user: try stored(user, "--user"),
      warehouse: try stored(warehouse, "--warehouse"),
      size: size, schemas: try schemas(targets),
      metadata: .init(
        database: environment["CUSTOM_SNOWFLAKE_DATABASE_FOR_METADATA"] ?? "SNOWCONVERT_AI",
        name: environment["CUSTOM_SNOWFLAKE_SCHEMA_FOR_DATA_MIGRATION_METADATA"] ?? "DATA_MIGRATION"),
      publicKey: try publicKey.map(PublicKeyFile.read), addresses: addresses)
    for config in targets.compactMap(\.icebergConfig) {
      if let volume = config.externalVolume { setup.externalVolumes.insert(try stored(volume, "externalVolume")) }
      if !config.isSnowflakeManaged { setup.catalogs.insert(try stored(config.catalog, "catalog")) }
      if let catalog = config.catalogSync { setup.catalogs.insert(try stored(catalog, "catalogSync")) }
    }
    return setup
  }

  private func schemas(_ targets: [TargetReference]) throws -> [SnowflakeSetup.Schema] {
    let named =
      targets.isEmpty ? [(database, schema)] : targets.map { ($0.databaseName ?? database, $0.schemaName ?? schema) }
    return try named.map { database, schema in
      guard let database, let schema else {
        throw Failure(
          .usage,
          workflow == nil ? "no database and schema are named" : "a table of the workflow names no database or schema",
          "Name them with --database and --schema.")
      }
      return SnowflakeSetup.Schema(
        database: try stored(database, "the database"), name: try stored(schema, "the schema"))
    }
  }

  private func stored(_ written: String, _ what: String) throws -> String {
    do {
      return try Identifier.stored(written, folding: .upper)
    } catch {
      throw Failure(.usage, "\(what): \(error)", "Write a plain name, or one between double quotes.")
    }
  }
}

/// A public key as openssl writes it.
enum PublicKeyFile {
  /// The base64 text between the lines `BEGIN PUBLIC KEY` and `END PUBLIC KEY`, without breaks.
  ///
  /// - Throws: ``Failure`` when the file cannot be read, or is no public key; a private key is told apart, never printed.
  static func read(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure(.error, "\(path) cannot be read", "Name the public key's file with --public-key.")
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    if lines.contains(where: { $0.contains("PRIVATE KEY") }) {
      throw Failure(
        .error, "\(path) is the private key; it stays where it is",
        "Make the public one: openssl pkey -in \(path) -pubout -out scmplan_key.pub")
    }
    guard let begin = lines.firstIndex(of: "-----BEGIN PUBLIC KEY-----"),
      let end = lines.firstIndex(of: "-----END PUBLIC KEY-----"), begin < end,
      case let body = lines[(begin + 1)..<end].joined(), !body.isEmpty, Data(base64Encoded: body) != nil
    else {
      throw Failure(
        .error, "\(path) is no public key in PEM form",
        "Make one from the private key: openssl pkey -in scmplan_key.p8 -pubout -out \(path)")
    }
    return body
  }
}

/// An IPv4 address, or a block in CIDR form, as a Snowflake network policy lists them.
enum AddressBlock {
  static func isValid(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first else { return false }
    let bytes = address.split(separator: ".", omittingEmptySubsequences: false)
    guard bytes.count == 4, bytes.allSatisfy({ isNumber($0, upTo: 255) }) else { return false }
    return parts.count == 1 || isNumber(parts[1], upTo: 32)
  }

  private static func isNumber(_ text: Substring, upTo limit: Int) -> Bool {
    guard !text.isEmpty, text.count <= 3, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
    return Int(text).map { $0 <= limit } ?? false
  }
}
