import Catalogs
import Crypto
import Foundation
import HTTP
import Loading
import Plans
import Snowflake
import Support
import Testing

/// Files that the source wrote to an object store by itself, loaded through a stage of the user's.
@Suite(.blocking) struct SnowflakeExternalTests {
  private static let external = ExternalFiles(stage: "@LAKE.PUBLIC.S3", url: "s3://bucket/a/7/0/3/1/")

  private static func load(
    _ method: LoadMethod = .replace, files: Int = 2, columns: [ColumnPlan] = SnowflakeLoadTests.columns
  ) -> SnowflakeLoad {
    let staged = StagedPart(
      files: (0..<files).map {
        StagedFile(path: "\(external.url)\($0).parquet", rows: 5, bytes: 100, sha256: "f\($0)")
      }, sourceRows: 5 * files, external: external)
    var load = SnowflakeLoadTests.load(method, mergeKey: ["ID"], staged: staged, columns: columns)
    load.externalFolder = "7/0/3/1/"
    return load
  }

  @Test func copiesExactlyItsFilesByThePlacesOfTheirColumns() throws {
    let columns =
      SnowflakeLoadTests.columns + [
        SnowflakeDialectTests.column("RAW", .binary(length: nil)),
        SnowflakeDialectTests.column("AT", .timestamp(scale: 6)),
      ]
    let copies = try Self.load(files: 1001, columns: columns).rows().map(\.sql).filter { $0.hasPrefix("COPY") }
    #expect(copies.count == 2 && copies[1].contains("FILES = ('1000.parquet')"))
    #expect(copies[0].contains("FROM @LAKE.PUBLIC.S3/7/0/3/1/\n"))
    for expression in [
      "SELECT $1:\"c1\"::NUMBER(19,0),", "$1:\"c2\"::VARCHAR(134217728),",
      "TO_BINARY($1:\"c3\"::VARCHAR(134217728), 'HEX')", "$1:\"c4\"::TIMESTAMP_NTZ(6)",
    ] { #expect(copies[0].contains(expression), "\(expression)") }
  }

  /// The stage is the user's: of it only this attempt's own folder is ever cleared, and no other attempt of the load clears it.
  @Test func clearsItsFolderAlone() {
    var load = Self.load(.merge)
    #expect(load.clearing.first?.sql == "REMOVE @LAKE.PUBLIC.S3/7/0/3/1/")
    #expect(load.clearing(ofAttempt: 1).map(\.sql).allSatisfy { $0.hasPrefix("DROP TABLE IF EXISTS") })
    for folder in [nil, ""] {
      load.externalFolder = folder
      #expect(load.clearing.allSatisfy { !$0.sql.hasPrefix("REMOVE") })
    }
  }

  // MARK: Through the bench

  /// Puts rows into the bench's bucket as UNLOAD would, and asks for them.
  private func request(_ world: SnowflakeWorld, _ rows: [[Staged]], attempt: Int = 1) throws -> LoadRequest {
    var named = world.columns
    for index in named.indices { named[index].target = ExternalFiles.column(index) }
    var request = try world.request(1, [], attempt: attempt)
    request.staged = try world.files.staged([rows], columns: named)
    let url = "s3://sfc-stage/\(world.database)/lake/1/"
    for index in request.staged.files.indices {
      let file = request.staged.files[index]
      let bytes = try Data(contentsOf: URL(fileURLWithPath: world.files.stage + "/" + file.path))
      try put(world, "\(world.database)/lake/1/\(file.path)", Array(bytes))
      request.staged.files[index].path = url + file.path
    }
    request.staged.external = ExternalFiles(stage: "\(world.database).PUBLIC.LAKE", url: url)
    return request
  }

  private func put(_ world: SnowflakeWorld, _ key: String, _ bytes: [UInt8]) throws {
    let facts = world.bench.facts
    var request = HTTPRequest(.put, "http://127.0.0.1:\(facts.moto)/sfc-stage/\(key)", body: .bytes(bytes))
    request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    request.signature = AWSSignature(
      keyID: facts.storageKey, secretKey: facts.storageSecret, sessionToken: nil, region: "us-east-1")
    let reply = try HTTPClient().send(request)
    #expect(reply.isSuccess, "\(String(decoding: reply.body, as: UTF8.self))")
  }

  private func world() async throws -> SnowflakeWorld {
    let world = try await SnowflakeWorld()
    try world.prepare()
    _ = try world.rows("CREATE STAGE \(world.database).PUBLIC.LAKE URL = 's3://sfc-stage/\(world.database)/'")
    return world
  }

  @Test func loadsOnceAndRemovesWhatIsLoaded() async throws {
    let world = try await world()
    let request = try request(world, [[.int(1), .text("it's")], [.int(2), .null]])
    #expect(try world.session().load(request) == LoadResult(rows: 2, deleted: 0, wasLoaded: false))
    #expect(try world.rows() == [["1", "it's"], ["2", nil]])
    #expect(try world.rows("LIST @\(world.database).PUBLIC.LAKE").isEmpty)
    var again = request
    again.attempt = 2
    #expect(try world.session().load(again) == LoadResult(rows: 2, deleted: 0, wasLoaded: true))
    #expect(try world.rows().count == 2)
  }

  @Test func aFileThatIsGoneOrOtherIsExtractedAgain() async throws {
    let world = try await world()
    let request = try request(world, [[.int(1), .text("a")]])
    let key = String(request.staged.files[0].path.dropFirst("s3://sfc-stage/".count))
    try put(world, key, [1, 2, 3])
    #expect(loadingError { _ = try world.session().load(request) }?.code == .fileDamaged)
    _ = try world.rows("REMOVE @\(world.database).PUBLIC.LAKE")
    #expect(loadingError { _ = try world.session().load(request) }?.code == .fileMissing)
    #expect(try world.rows().isEmpty)
  }

  @Test func aStageThatLeadsElsewhereIsNamed() async throws {
    let world = try await world()
    var request = try request(world, [[.int(1), .text("a")]])
    request.staged.external?.url = "s3://another/1/"
    let error = loadingError { _ = try world.session().load(request) }
    #expect(error?.description.contains("s3://another/1/") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("leads to s3://sfc-stage/\(world.database)/") == true)
  }

  /// The target's own count decides, whatever the manifest said.
  @Test func aFileWithOtherRowsThanItsManifestSaysChangesNothing() async throws {
    let world = try await world()
    var request = try request(world, [[.int(1), .text("a")]])
    request.staged.files[0].rows = 2
    request.staged.sourceRows = 2
    #expect(loadingError { _ = try world.session().load(request) }?.code == .countMismatch)
    #expect(try world.rows().isEmpty)
    #expect(try world.rows("LIST @\(world.database).PUBLIC.LAKE").count == 1, "what failed stays")
  }
}
