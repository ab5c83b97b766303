import Crypto
import Foundation
import HTTP
import Snowflake
import Support
import Synchronization
import Testing

/// What uploads and downloads promise besides getting there.
@Suite(.blocking) struct StageTests {
  @Test func aStageWithoutClientSideEncryption() async throws {
    try await StageWorld.with(encryption: "SNOWFLAKE_SSE") { world in
      let paths = try [0, 100, 6 << 20].map { try world.file($0) }
      let uploader = StageUploader(world.session, try world.stage("a"), world.options(threshold: 5 << 20))
      for path in paths {
        let uploaded = try uploader.upload(path)
        #expect(uploaded.size == uploaded.storedSize)
      }
      #expect(try world.session.list(world.stage("a")).map(\.size).sorted() == [0, 100, 6 << 20])
      let files = try download(world, "a/")
      #expect(try Set(files.map { try world.digest($0.path) }) == Set(paths.map { try world.digest($0) }))
    }
  }

  @Test func namesAreEncodedAsTheyAreSigned() async throws {
    try await StageWorld.with { world in
      let names = ["a b+c=d&e?f#g%h.parquet", "ü-日本.bin", "~x_y-z.$(1)!@:,;"]
      let uploader = StageUploader(world.session, try world.stage("p q/r+s"), world.options())
      for name in names { _ = try uploader.upload(world.file(20, name: name)) }
      let listed = try world.session.list(world.stage("p q/"))
      #expect(Set(listed.map(\.pathInNamedStage)) == Set(names.map { "p q/r+s/\($0)" }))
      let files = try download(world, "p q/r+s/")
      #expect(try files.allSatisfy { try world.digest($0.path) == world.digest("\(world.folder)/\($0.name)") })
      #expect(files.count == names.count)
    }
  }

  @Test func listingByPatternAndRemoving() async throws {
    try await StageWorld.with { world in
      let uploader = StageUploader(world.session, try world.stage("x"), world.options())
      for name in ["a.parquet", "b.parquet", "c.txt"] { _ = try uploader.upload(world.file(1, name: name)) }
      let found = try world.session.list(world.stage("x/"), pattern: #".*\.parquet"#)
      #expect(found.map(\.pathInNamedStage) == ["x/a.parquet", "x/b.parquet"])
      #expect(found.allSatisfy { $0.size == 16 && $0.md5?.count == 32 && $0.lastModified?.hasSuffix("GMT") == true })
      #expect(try world.session.remove(world.stage("x/"), pattern: #".*\.parquet"#).count == 2)
      #expect(try world.session.list(world.stage()).map(\.name) == ["st/x/c.txt"])
    }
  }

  @Test func withoutOverwritingOnlyEqualContentIsLeft() async throws {
    try await StageWorld.with { world in
      let uploader = StageUploader(world.session, try world.stage(), world.options())
      let path = try world.file(100, name: "one")
      #expect(try uploader.upload(path, overwrite: false).status == .uploaded)
      let before = try world.session.list(world.stage())
      #expect(try uploader.upload(path, overwrite: false).status == .present)
      #expect(try world.session.list(world.stage()) == before)
      _ = try world.file(100, name: "one")
      let error = #expect(throws: SnowflakeError.self) { try uploader.upload(path, overwrite: false) }
      #expect(error?.kind == .configuration)
      #expect(try world.session.list(world.stage()) == before)
    }
  }

  @Test(arguments: [1000, 12 << 20]) func aWrongDigestIsFoundWhenTheFileIsRead(size: Int) async throws {
    try await StageWorld.with { world in
      let path = try world.file(size)
      let wrong = try world.digest(try world.file(3))
      _ = try StageUploader(world.session, try world.stage(), world.options(threshold: 5 << 20)).upload(
        path, digest: wrong)
      #expect(throws: SnowflakeError.self) { try download(world, "") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder + "/out").isEmpty)
    }
  }

  @Test func aMissingFileAndNamesThatAreNone() async throws {
    try await StageWorld.with { world in
      let uploader = StageUploader(world.session, try world.stage(), world.options())
      let missing = #expect(throws: SnowflakeError.self) { try uploader.upload(world.folder + "/none") }
      #expect(missing?.kind == .configuration)
      let path = try world.file(1)
      for name in ["", "..", "a/b", "a'b", "a\\b", "a\nb"] {
        #expect(throws: SnowflakeError.self) { try uploader.upload(path, as: name) }
      }
      #expect(try world.session.list(world.stage()).isEmpty)
    }
  }

  @Test func aStageThatIsNotThere() async throws {
    try await StageWorld.with { world in
      let stage = try StageReference("@\(world.database).PUBLIC.NONE")
      let error = #expect(throws: SnowflakeError.self) {
        try StageUploader(world.session, stage, world.options()).upload(world.file(1))
      }
      #expect(error?.kind == .statement)
      #expect(error?.code == "002003")
    }
  }

  /// A hostile server's names of objects stay names: nothing is written outside of the folder.
  @Test(arguments: ["../../escaped", "a/../../escaped"]) func namesDoNotLeaveTheFolder(name: String) async throws {
    try await StageWorld.with { world in
      let stage = world.folder + "/stage/deep/er/"
      try FileManager.default.createDirectory(atPath: stage + "a", withIntermediateDirectories: true)
      #expect(FileManager.default.createFile(atPath: world.folder + "/stage/escaped", contents: Data("x".utf8)))
      #expect(FileManager.default.createFile(atPath: world.folder + "/stage/deep/escaped", contents: Data("x".utf8)))
      let target = world.folder + "/out"
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      let server = FolderCommands(folder: stage, files: [name])
      let files = try StageDownloader(server, StageReference("@st")).download(into: target)
      #expect(files.map(\.path) == [target + "/escaped"])
      let twice = FolderCommands(folder: stage, files: [name, "escaped"])
      #expect(throws: SnowflakeError.self) { try StageDownloader(twice, StageReference("@st")).download(into: target) }
    }
  }

  /// Stages that are folders: the server for tests that Snowflake's drivers know as LOCAL_FS.
  @Test func aFolderAsStage() async throws {
    try await StageWorld.with { world in
      let path = try world.file(300_000, name: "f")
      let server = FolderCommands(folder: world.folder + "/stage/sub", files: ["f"])
      let uploaded = try StageUploader(server, StageReference("@st/sub")).upload(path)
      #expect(uploaded.storedSize == 300_000)
      #expect(try world.digest(world.folder + "/stage/sub/f") == world.digest(path))
      let target = world.folder + "/out"
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      let files = try StageDownloader(server, StageReference("@st/sub")).download(into: target)
      #expect(try files.map { try world.digest($0.path) } == [world.digest(path)])
    }
  }

  @Test func cancellationEndsAnUpload() async throws {
    try await StageWorld.with { world in
      let name = UUID().uuidString
      let path = try world.file(12 << 20, name: name)
      let id = try await world.bench.setFault(["act": "hold", "kind": "s3.part", "text": .text(name), "nth": 2])
      let cancellation = Cancellation()
      let options = world.options(threshold: 5 << 20)
      let uploading = Task.detached {
        try StageUploader(world.session, world.stage(), options).upload(path, cancellation: cancellation)
      }
      try await world.bench.waitForFault(id)
      cancellation.cancel()
      let error = await #expect(throws: SnowflakeError.self) { try await uploading.value }
      #expect(error?.kind == .cancelled)
      try await world.bench.release(id)
      #expect(try world.session.list(world.stage()).isEmpty)
    }
  }

  private func download(_ world: StageWorld, _ path: String) throws -> [DownloadedFile] {
    let target = world.folder + "/out"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    return try StageDownloader(world.session, world.stage(path), world.options()).download(into: target)
  }
}

/// A server whose stages are one folder.
private struct FolderCommands: StageCommands {
  var folder: String
  var files: [String]

  func transfer(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [UInt8] {
    let data: JSONValue = [
      "command": sql.hasPrefix("PUT") ? "UPLOAD" : "DOWNLOAD",
      "stageInfo": ["locationType": "LOCAL_FS", "location": .string(folder)],
      "src_locations": .array(files.map { .string($0) }),
    ]
    return JSONValue.object(["data": data]).bytes
  }

  func table(_ sql: String, cancellation: Cancellation?) throws(SnowflakeError) -> [[String: String]] { [] }
}
