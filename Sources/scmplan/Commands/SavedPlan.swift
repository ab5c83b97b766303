import ArgumentParser
import Crypto
import Foundation
import Plans

/// How a plan is written for people.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
  case text, markdown
}

/// A plan file.
struct SavedPlan {
  var plan: Plan
  /// The plan's canonical text.
  var text: String
  /// The plan's identity: the SHA-256 of its text.
  var id: String

  init(_ plan: Plan) throws {
    self.plan = plan
    text = try PlanFile.text(plan)
    id = Hashing.fingerprint(text)
  }

  /// - Throws: ``Failure`` when the file cannot be read, `PlanError` when it is no plan.
  static func read(_ path: String) throws -> SavedPlan {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure(.error, "the plan \(path) cannot be read", "Make one: scmplan plan WORKFLOW")
    }
    return try SavedPlan(PlanFile.plan(from: data, place: path))
  }

  /// Replaces the file as a whole: a reader sees the old plan or the new one, never half of one.
  func write(to path: String) throws {
    let url = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url, options: .atomic)
    } catch {
      throw Failure(.error, "the plan cannot be written to \(path)", "Choose another place with --out.")
    }
  }
}
