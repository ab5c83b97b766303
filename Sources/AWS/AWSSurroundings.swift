import Foundation

/// What signing in takes from the world besides the network: variables, files, time. Tests put their own in place.
package struct AWSSurroundings: Sendable {
  package var environment: [String: String]
  /// The folder in which `.aws` lies.
  package var home: String
  /// Milliseconds since 1970.
  package var now: @Sendable () -> Int64
  /// Waits so many milliseconds.
  package var wait: @Sendable (Int) -> Void
  /// Where an instance asks for its role.
  package var instanceMetadata: String
  /// The host of the addresses that containers are given as paths.
  package var containerMetadata: String

  package init(
    environment: [String: String], home: String, now: @escaping @Sendable () -> Int64,
    wait: @escaping @Sendable (Int) -> Void, instanceMetadata: String = "http://169.254.169.254",
    containerMetadata: String = "http://169.254.170.2"
  ) {
    self.environment = environment
    self.home = home
    self.now = now
    self.wait = wait
    self.instanceMetadata = instanceMetadata
    self.containerMetadata = containerMetadata
  }

  /// The real ones.
  package static var real: AWSSurroundings {
    let environment = ProcessInfo.processInfo.environment
    return AWSSurroundings(
      environment: environment, home: environment["HOME"] ?? NSHomeDirectory(),
      now: { Int64(Date().timeIntervalSince1970 * 1000) },
      wait: { Thread.sleep(forTimeInterval: Double($0) / 1000) },
      instanceMetadata: environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254")
  }

  /// A variable that is set to something.
  func variable(_ name: String) -> String? {
    guard let value = environment[name], !value.isEmpty else { return nil }
    return value
  }
}
