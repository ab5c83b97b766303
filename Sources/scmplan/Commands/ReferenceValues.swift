import Foundation
import Workflows

/// Looks references of the configuration up: environment, files, programs.
struct ReferenceValues: ReferenceResolver, Sendable {
  struct Unavailable: Error, CustomStringConvertible {
    var description: String
  }

  func value(of reference: Reference) throws -> String {
    switch reference {
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name] else {
        throw Unavailable(description: "the variable is not set")
      }
      return value
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: path) else {
        throw Unavailable(description: "the file cannot be read")
      }
      return try text(data)
    case .command(let program, let arguments):
      return try text(output(of: program, arguments))
    }
  }

  /// What a program prints; its own messages stay out of ours, for they may hold what they should not.
  private func output(of program: String, _ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    do {
      try process.run()
    } catch {
      throw Unavailable(description: "the program cannot be started")
    }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Unavailable(description: "the program ended with status \(process.terminationStatus)")
    }
    return data
  }

  private func text(_ data: Data) throws -> String {
    guard var text = String(data: data, encoding: .utf8) else {
      throw Unavailable(description: "the value is no UTF-8 text")
    }
    if text.hasSuffix("\n") { text.removeLast() }
    if text.hasSuffix("\r") { text.removeLast() }
    return text
  }
}
