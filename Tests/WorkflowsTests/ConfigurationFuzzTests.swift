import Foundation
import Testing
import Workflows

/// Broken configuration files: each is accepted, or rejected with places; none crashes, hangs or gives a secret away.
///
/// `SCMPLAN_FUZZ` sets the number of files, 1,500 otherwise.
@Suite struct ConfigurationFuzzTests {
  private static let count = ProcessInfo.processInfo.environment["SCMPLAN_FUZZ"].flatMap { Int($0) } ?? 1_500
  private static let password = "hunterpassword2"
  private static let original = """
    selected_task_source = "snowflake_stored_procedure"
    [application]
    max_parallel_tasks = 4
    affinity = 'blue'
    [connections.source.sqlserver-main]
    host = "h"
    username = "u"
    password = "\(password)"
    "database" = "d"
    encrypt = true
    [connections.source.redshift]
    odbc_connection_string = '''
    Driver=x;PWD=\(password)'''
    [connections]
    target = { sqlite = { path = "x.db" }, "snow flake" = { connection_name = "c" } }
    [state]
    url = "postgresql://u:\(password)@h/d"

    """

  private static let tokens = [
    "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "'''", "#", "\n", "\r\n", "\\", "\\u0000",
    "\\uD800",
    "0x", "1e9", "nan", "inf", "true", "1979-05-27", "07:32:00", "1_000", "-", "+", "é", "\u{0}", "\u{FEFF}", "a.b",
    "[a]\n",
    "env:", "env:X", "cmd:'", "file:", "[connections.source.x]\n", "\t", "\u{1}", "\u{7F}",
  ].map { Array($0.utf8) }

  @Test func takesOrRefusesEveryMutant() {
    var generator = SeededGenerator(seed: 11)
    let original = Array(Self.original.utf8)
    var accepted = 0
    for index in 0..<Self.count {
      var bytes = original
      for _ in 0...Int.random(in: 0..<3, using: &generator) { mutate(&bytes, &generator) }
      let outcome = Configuration.read(bytes: bytes)
      #expect(outcome.diagnostics.hasErrors == (outcome.configuration == nil), "mutant \(index)")
      #expect(outcome.diagnostics.allSatisfy { $0.position != nil }, "mutant \(index)")
      let shown = outcome.diagnostics.map(\.message).joined()
      #expect(!shown.contains("unterpassword"), "mutant \(index): \(String(decoding: bytes, as: UTF8.self))")
      if outcome.configuration != nil { accepted += 1 }
    }
    #expect(accepted > Self.count / 50 && accepted < Self.count * 3 / 4, "\(accepted) accepted")
  }

  private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let place = Int.random(in: 0..<max(1, bytes.count), using: &generator)
    guard place < bytes.count else { return }
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.remove(at: place)
    case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1..<30, using: &generator)))
    case 3: bytes.insert(contentsOf: Self.tokens.randomElement(using: &generator) ?? [], at: place)
    case 4:
      let piece = Array(bytes[place..<min(bytes.count, place + Int.random(in: 1..<60, using: &generator))])
      bytes.insert(contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &generator))
    default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    }
  }
}
