package import Foundation

/// Scripts beside this file, run by the Python that `.ci/readers` installs: other people's code that reads what the
/// program wrote, or writes what it is to read.
package enum PythonReader {
  /// What the script writes to its standard output for `input`.
  ///
  /// - Throws: ``Program/Failure`` with its standard error when it fails, or when Python is not installed.
  package static func run(_ script: String, _ arguments: [String] = [], input: Data = Data()) throws -> Data {
    let support = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let repository = support.deletingLastPathComponent().deletingLastPathComponent().path
    let python = repository + "/.deps/readers/bin/python"
    guard FileManager.default.isExecutableFile(atPath: python) else {
      throw Program.Failure(description: "\(python) is missing: make test installs it")
    }
    return try Command.run(python, [support.path + "/" + script] + arguments, input: input)
  }
}

/// A program that reads some bytes and writes some.
enum Command {
  static func run(_ path: String, _ arguments: [String], input: Data) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    let complaint = try stderr.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let words = String(decoding: complaint, as: UTF8.self)
      throw Program.Failure(description: "\(path) \(arguments.first ?? "") failed: \(words)")
    }
    return output
  }
}
