import Foundation

/// Something that a test waited for did not come to pass.
package struct TimedOut: Error, CustomStringConvertible {
  package var what: String
  package var description: String { "waited in vain for \(what)" }
}

/// Looks again and again until `condition` gives a value: the one place where a test waits for what nobody announces.
///
/// - Parameters:
///   - what: what is waited for, for the message.
///   - seconds: how long at the most.
/// - Throws: ``TimedOut``, or what the condition threw.
package func waiting<T: Sendable>(
  for what: String, seconds: Double = 300, every milliseconds: Int = 10, _ condition: () async throws -> T?
) async throws -> T {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while true {
    if let value = try await condition() { return value }
    guard ContinuousClock.now < deadline else { throw TimedOut(what: what) }
    try await Task.sleep(for: .milliseconds(milliseconds))
  }
}
