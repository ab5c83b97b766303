import Crypto
import Foundation
import Snowflake
import Support
import Testing

/// Stages in Azure and Google clouds, as far as their shape goes: the clouds are the bench's own, and Snowflake's
/// connector is the measure of what is written there.
@Suite(.blocking) struct StageCloudTests {
  private static let sizes = [0, 15, 16, 17, 9 << 20]

  @Test(arguments: ["AZURE", "GCS"], [128, 256]) func theConnectorReadsOurs(cloud: String, keyBits: Int) async throws {
    try await StageWorld.with(keyBits: keyBits, cloud: cloud) { world in
      let uploader = StageUploader(world.session, try world.stage("ours"), world.options(threshold: 5 << 20))
      var wanted: [String: String] = [:]
      for size in Self.sizes {
        let path = try world.file(size)
        #expect(try uploader.upload(path).storedSize == (size / 16 + 1) * 16)
        wanted["f\(size).bin"] = try world.digest(path).hex
      }
      let target = world.folder + "/out"
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      try await world.bench.connector(
        ["GET '@\(world.database).PUBLIC.ST/ours/' 'file://\(target)/'"], user: world.user, password: "pass",
        throughProxy: true)
      #expect(try digests(of: target, world) == wanted)
    }
  }

  @Test(arguments: ["AZURE", "GCS", "GCS_PRESIGNED"]) func weReadTheConnectors(cloud: String) async throws {
    try await StageWorld.with(cloud: cloud) { world in
      var wanted: [String: String] = [:]
      for size in Self.sizes { wanted["f\(size).bin"] = try world.digest(try world.file(size)).hex }
      try await world.bench.connector(
        ["PUT 'file://\(world.folder)/*.bin' '@\(world.database).PUBLIC.ST/theirs/' AUTO_COMPRESS=FALSE"],
        user: world.user, password: "pass", throughProxy: true)
      #expect(try download("theirs/", world) == wanted)
    }
  }

  /// An address opens one object: every file asks for its own.
  @Test func presignedAddresses() async throws {
    try await StageWorld.with(cloud: "GCS_PRESIGNED") { world in
      let uploader = StageUploader(world.session, try world.stage("ours"), world.options())
      var wanted: [String: String] = [:]
      for size in [0, 17, 100] {
        let path = try world.file(size)
        _ = try uploader.upload(path)
        wanted["f\(size).bin"] = try world.digest(path).hex
      }
      #expect(try download("ours/", world) == wanted)
    }
  }

  @Test(arguments: ["AZURE", "GCS", "GCS_PRESIGNED"], [10, 9 << 20])
  func faultsAreGotOver(cloud: String, size: Int) async throws {
    let store = cloud.split(separator: "_")[0].lowercased()
    let operations = store == "gcs" ? ["put"] : size == 10 ? ["put", "head"] : ["block", "blocklist", "head"]
    for operation in operations {
      for fault in StageFaultTests.passing {
        try await StageWorld.with(cloud: cloud) { world in
          let name = UUID().uuidString
          let path = try world.file(size, name: name)
          let id = try await world.bench.setFault(
            fault.merging(["kind": .text("\(store).\(operation)"), "text": .text(name)]) { first, _ in first })
          _ = try StageUploader(world.session, try world.stage(), world.options(threshold: 5 << 20)).upload(path)
          try await world.bench.waitForFault(id)
          #expect(try download("", world) == [name: world.digest(path).hex])
        }
      }
    }
  }

  private func download(_ path: String, _ world: StageWorld) throws -> [String: String] {
    let target = world.folder + "/out"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    _ = try StageDownloader(world.session, try world.stage(path), world.options()).download(into: target)
    return try digests(of: target, world)
  }

  private func digests(of folder: String, _ world: StageWorld) throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      found[name] = try world.digest("\(folder)/\(name)").hex
    }
    return found
  }
}
