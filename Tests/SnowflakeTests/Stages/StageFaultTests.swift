import Crypto
import Foundation
import Snowflake
import Support
import Testing

/// What an upload or a download meets on its way, injected at each of its requests. Every fault is shown to have fired,
/// and every file is compared by its digest in the end.
@Suite(.blocking) struct StageFaultTests {
  /// Faults that the client gets over by itself.
  static let passing: [[String: BenchValue]] = [
    ["act": "cut"], ["act": "lost"], ["act": "half"], ["act": "status", "status": 503],
    ["act": "status", "status": 503, "execute": true], ["act": "status", "status": 429], ["act": "storage_expired"],
  ]

  @Test(arguments: ["s3.put", "s3.head"], passing)
  func aSmallUpload(kind: String, fault: [String: BenchValue]) async throws {
    try await uploadSurvives(fault, at: kind, size: 1000)
  }

  @Test(arguments: ["s3.create", "s3.part", "s3.complete", "s3.head"], passing)
  func anUploadInParts(kind: String, fault: [String: BenchValue]) async throws {
    try await uploadSurvives(fault, at: kind, size: 11 << 20)
  }

  /// Three threads find the credentials expired at about the same time: the server is asked once.
  @Test func oneThreadRenewsForAll() async throws {
    try await StageWorld.with { world in
      let name = UUID().uuidString
      let path = try world.file(31 << 20, name: name)
      let uploader = StageUploader(world.session, try world.stage(), world.options(threshold: 5 << 20))
      let fault = try await world.bench.setFault([
        "act": "storage_expired", "kind": "s3.part", "text": .text(name), "nth": 3,
      ])
      _ = try uploader.upload(path)
      try await world.bench.waitForFault(fault)
      let puts = try await world.bench.requests("query", user: world.user).filter {
        $0.sql?.hasPrefix("PUT") == true
      }
      #expect(puts.count == 2)
      try await downloadsAs(path, world)
    }
  }

  @Test(arguments: passing) func aDownload(fault: [String: BenchValue]) async throws {
    try await StageWorld.with { world in
      let name = UUID().uuidString
      let path = try world.file(3 << 20, name: name)
      _ = try StageUploader(world.session, try world.stage(), world.options()).upload(path)
      let id = try await world.bench.setFault(
        fault.merging(["kind": "s3.get", "text": .text(name)]) { first, _ in first })
      try await downloadsAs(path, world)
      try await world.bench.waitForFault(id)
    }
  }

  /// A store that stays unwell ends the upload, leaves nothing behind, and says what was done.
  @Test(arguments: [("s3.put", 1000), ("s3.create", 6 << 20), ("s3.part", 6 << 20), ("s3.complete", 6 << 20)])
  func aStoreThatStaysUnwell(kind: String, size: Int) async throws {
    try await StageWorld.with { world in
      let name = UUID().uuidString
      let path = try world.file(size, name: name)
      let fault = try await world.bench.setFault([
        "act": "status", "status": 503, "kind": .text(kind), "text": .text(name), "times": 100,
      ])
      let options = world.options(threshold: 5 << 20, attempts: 3).withBudget(20)
      let error = #expect(throws: SnowflakeError.self) {
        try StageUploader(world.session, world.stage(), options).upload(path)
      }
      #expect(error?.kind == .transient)
      #expect(error?.description.contains("503") == true)
      try await world.bench.waitForFault(fault, count: 3)
      #expect(try world.session.list(world.stage()).isEmpty)
      let aborted = try await world.bench.requests("s3.abort").contains { $0.request.contains(name) }
      #expect(aborted == (kind == "s3.part" || kind == "s3.complete"))
    }
  }

  /// What a store refuses is not tried again.
  @Test(arguments: [400, 403, 404]) func aRefusal(status: Int) async throws {
    try await StageWorld.with { world in
      let name = UUID().uuidString
      let path = try world.file(10, name: name)
      let fault = try await world.bench.setFault([
        "act": "status", "status": .number(Double(status)), "kind": "s3.put", "text": .text(name), "times": 100,
      ])
      let error = #expect(throws: SnowflakeError.self) {
        try StageUploader(world.session, world.stage(), world.options()).upload(path)
      }
      #expect(error?.kind == .unexpectedAnswer)
      let fired = try await world.bench.faults().first { $0.id == fault }?.fired
      #expect(fired == 1)
    }
  }

  /// Credentials that are refused however new they are end the upload, too.
  @Test func credentialsThatNeverLast() async throws {
    try await StageWorld.with { world in
      let name = UUID().uuidString
      let path = try world.file(10, name: name)
      let fault = try await world.bench.setFault([
        "act": "storage_expired", "kind": "s3.put", "text": .text(name), "times": 100,
      ])
      #expect(throws: SnowflakeError.self) {
        try StageUploader(world.session, world.stage(), world.options()).upload(path)
      }
      let fired = try await world.bench.faults().first { $0.id == fault }?.fired
      #expect(fired == 4)
    }
  }

  // MARK: Steps

  private func uploadSurvives(_ fault: [String: BenchValue], at kind: String, size: Int) async throws {
    try await StageWorld.with { world in
      let name = UUID().uuidString
      let path = try world.file(size, name: name)
      let id = try await world.bench.setFault(
        fault.merging(["kind": .text(kind), "text": .text(name)]) { first, _ in first })
      let uploaded = try StageUploader(world.session, try world.stage(), world.options(threshold: 5 << 20)).upload(path)
      try await world.bench.waitForFault(id)
      #expect(try world.session.list(world.stage()).map(\.size) == [uploaded.storedSize])
      try await downloadsAs(path, world)
    }
  }

  /// Downloads everything and compares it with a local file.
  private func downloadsAs(_ path: String, _ world: StageWorld) async throws {
    let target = world.folder + "/out"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    let files = try StageDownloader(world.session, world.stage(), world.options()).download(into: target)
    #expect(try files.map { try world.digest($0.path) } == [world.digest(path)])
    #expect(try FileManager.default.contentsOfDirectory(atPath: target).count == 1)
  }
}

extension StageOptions {
  /// The same with another time for repetitions, in milliseconds.
  fileprivate func withBudget(_ budget: Int64) -> StageOptions {
    var options = self
    options.retries.budget = budget
    return options
  }
}
