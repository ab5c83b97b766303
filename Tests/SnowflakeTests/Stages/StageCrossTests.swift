import Crypto
import Foundation
import Snowflake
import Support
import Testing

/// Files of ours read by Snowflake's own connector, and its files read by us.
@Suite(.blocking) struct StageCrossTests {
  /// Around the cipher's block, and over the bounds at which uploads are cut into parts.
  private static let sizes = [0, 1, 15, 16, 17, (5 << 20) - 1, 64 << 20, (64 << 20) + 17]

  @Test(arguments: [128, 256]) func theConnectorReadsOurs(keyBits: Int) async throws {
    try await StageWorld.with(keyBits: keyBits) { world in
      let uploader = StageUploader(world.session, try world.stage("ours"), world.options())
      var wanted: [String: String] = [:]
      for size in Self.sizes {
        let path = try world.file(size)
        let uploaded = try uploader.upload(path)
        #expect(uploaded.status == .uploaded && uploaded.size == size)
        #expect(uploaded.storedSize == (size / 16 + 1) * 16)
        wanted["f\(size).bin"] = try world.digest(path).hex
      }
      let target = world.folder + "/out"
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      let answers = try await world.bench.connector(
        ["GET '@\(world.database).PUBLIC.ST/ours/' 'file://\(target)/'"], database: world.database)
      #expect(answers[0].rows?.count == Self.sizes.count)
      var found: [String: String] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: target) {
        found[name] = try world.digest("\(target)/\(name)").hex
      }
      #expect(found == wanted)
    }
  }

  @Test(arguments: [128, 256]) func weReadTheConnectors(keyBits: Int) async throws {
    try await StageWorld.with(keyBits: keyBits) { world in
      var wanted: [String: String] = [:]
      for size in Self.sizes { wanted["f\(size).bin"] = try world.digest(try world.file(size)).hex }
      try await world.bench.connector(
        ["PUT 'file://\(world.folder)/*.bin' '@\(world.database).PUBLIC.ST/theirs/' AUTO_COMPRESS=FALSE"],
        database: world.database, user: world.user, password: "pass")
      let target = world.folder + "/out"
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      let files = try StageDownloader(world.session, try world.stage("theirs/"), world.options()).download(into: target)
      var found: [String: String] = [:]
      for file in files { found[file.name] = try world.digest(file.path).hex }
      #expect(found == wanted)
      #expect(try FileManager.default.contentsOfDirectory(atPath: target).count == Self.sizes.count)
    }
  }
}
