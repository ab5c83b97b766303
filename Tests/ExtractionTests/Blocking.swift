import Support
import Testing

/// The tests of a suite make blocking calls, and are given threads for that.
struct Blocking: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
  ) async throws {
    try await BlockingThreads.run(function)
  }
}

extension Trait where Self == Blocking {
  static var blocking: Self { Blocking() }
}
