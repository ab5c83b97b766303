import Foundation
import Testing
import Workflows

/// Broken workflow files: each is accepted, or rejected with places inside its text; none crashes or hangs.
///
/// `SCMPLAN_FUZZ` sets the number of files, 5,000 otherwise.
@Suite struct WorkflowFuzzTests {
  private static let count = ProcessInfo.processInfo.environment["SCMPLAN_FUZZ"].flatMap { Int($0) } ?? 5_000

  @Test func takesOrRefusesEveryMutant() throws {
    let examples = try Files.examples().map { try Files.bytes($0) }
    let single = try examples.flatMap { Workflow.read(bytes: $0, file: "").workflow?.tables ?? [] }.map {
      Array("{\"tables\":[\(try $0.canonicalJSON())]}".utf8)
    }
    let originals = examples + single
    #expect(originals.count > 10)
    var mutator = Mutator(originals, seed: 7)
    var accepted = 0
    var rejected = 0
    for index in 0..<Self.count {
      let mutant = mutator.mutant()
      let outcome = Workflow.read(bytes: mutant, file: "wf.json")
      if let mistake = mistake(in: outcome, of: mutant) {
        let text = String(decoding: mutant, as: UTF8.self)
        Issue.record("mutant \(index): \(mistake): \(lines(outcome.diagnostics).prefix(5))\n\(text.prefix(4_000))")
        return
      }
      if outcome.workflow == nil { rejected += 1 } else { accepted += 1 }
    }
    // Both outcomes must have been met, else the mutations prove little.
    #expect(accepted > Self.count / 50, "\(accepted) accepted")
    #expect(rejected > Self.count / 2, "\(rejected) rejected")
  }

  private func mistake(in outcome: WorkflowOutcome, of mutant: [UInt8]) -> String? {
    let hasErrors = outcome.diagnostics.hasErrors
    guard hasErrors == (outcome.workflow == nil) else { return "errors and a workflow, or neither" }
    let text = SourceText(mutant)
    let end = text.position(at: mutant.count)
    for diagnostic in outcome.diagnostics {
      guard let place = diagnostic.position, place.line >= 1, place.column >= 1, place <= end else {
        return "a place outside the text"
      }
    }
    guard let workflow = outcome.workflow else { return nil }
    return acceptedWrongly(workflow, mutant)
  }

  /// What is accepted must be JSON to another reader too, and must come back unchanged from its canonical form.
  private func acceptedWrongly(_ workflow: Workflow, _ mutant: [UInt8]) -> String? {
    guard (try? JSONSerialization.jsonObject(with: Data(mutant))) is [String: Any] else {
      return "accepted, but no JSON to JSONSerialization"
    }
    guard let tables = try? workflow.tables.map({ try $0.canonicalJSON() }) else { return "no canonical form" }
    let again = read("{\"tables\": [\(tables.joined(separator: ","))]}")
    guard again.workflow?.tables == workflow.tables else { return "the canonical form reads as something else" }
    return nil
  }
}

/// Makes broken files out of good ones.
private struct Mutator {
  private let originals: [[UInt8]]
  private var generator: SeededGenerator

  /// Pieces that are likely to matter to a reader of workflows.
  private static let tokens: [[UInt8]] =
    [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "false", "0", "-1", "1e999", "1E400", "NaN", "Infinity",
      "9223372036854775808", "0.5", "01", "\"\"", "\"auto\"", "\"tables\"", "\"source\"", "\"tableName\"", "\"none\"",
      "\"watermark\"", "\"unload\"", "\"iceberg\"", "\"partitionSize\"", "\\ud800", "\\u0000", "\\u", "//", "/*", "#",
      "\u{FEFF}", "é", "😀", "\u{0}", "\n", "\r", "\t", "\"[a\"", "\"a\\\"\"", "[[", "{\"a\":", "\"strategy\"", "'",
    ].map { Array($0.utf8) } + [[0xC3], [0xFF], [0xED, 0xA0, 0x80], [0xC0, 0x80]]

  init(_ originals: [[UInt8]], seed: UInt64) {
    self.originals = originals
    generator = SeededGenerator(seed: seed)
  }

  mutating func mutant() -> [UInt8] {
    var bytes = originals[random(originals.count)]
    for _ in 0...random(3) { mutate(&bytes) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = Self.tokens[random(Self.tokens.count)]
      return
    }
    let place = random(bytes.count)
    switch random(11) {
    case 0: bytes[place] ^= 1 << UInt8(random(8))
    case 1: bytes[place] = UInt8(random(256))
    case 2: bytes.removeSubrange(range(in: bytes, from: place, atMost: 40))
    case 3: bytes.insert(contentsOf: Self.tokens[random(Self.tokens.count)], at: place)
    case 4: if random(6) == 0 { bytes.removeSubrange(place...) } else { bytes.remove(at: place) }
    case 5:
      let piece = Array(bytes[range(in: bytes, from: place, atMost: 200)])
      bytes.insert(contentsOf: piece, at: random(bytes.count))
    case 6: swapTokens(&bytes)
    case 7:
      let range = tokens(of: bytes).randomElement(using: &generator) ?? place..<place
      bytes.replaceSubrange(range, with: Self.tokens[random(Self.tokens.count)])
    case 8:
      guard random(20) == 0 else { return bytes.swapAt(place, random(bytes.count)) }
      let unit: [[UInt8]] = [Array("[".utf8), Array("{\"a\":".utf8), Array("[{\"tables\":".utf8)]
      let bomb = Array(repeatElement(unit[random(3)], count: 60 + random(2_000)).joined())
      bytes.insert(contentsOf: bomb, at: place)
    case 9:
      // Another word for a word, which leaves the JSON whole.
      let words = tokens(of: bytes).filter { bytes[$0.lowerBound] == UInt8(ascii: "\"") }
      guard let from = words.randomElement(using: &generator), let to = words.randomElement(using: &generator) else {
        return
      }
      bytes.replaceSubrange(to, with: Array(bytes[from]))
    default:
      // White space, which changes nothing but places.
      bytes.insert(contentsOf: Array([" ", "\n", "\r\n", "\t"][random(4)].utf8), at: place)
    }
  }

  private mutating func swapTokens(_ bytes: inout [UInt8]) {
    let tokens = tokens(of: bytes)
    guard let a = tokens.randomElement(using: &generator), let b = tokens.randomElement(using: &generator),
      a.upperBound <= b.lowerBound
    else { return }
    let (first, second) = (Array(bytes[a]), Array(bytes[b]))
    bytes.replaceSubrange(b, with: first)
    bytes.replaceSubrange(a, with: second)
  }

  /// Strings, runs of letters and digits, and single other bytes.
  private func tokens(of bytes: [UInt8]) -> [Range<Int>] {
    var tokens: [Range<Int>] = []
    var index = 0
    while index < bytes.count {
      let start = index
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") {
        while index < bytes.count, bytes[index] != byte { index += 1 }
        index = min(index + 1, bytes.count)
      } else if Self.isWordByte(byte) {
        while index < bytes.count, Self.isWordByte(bytes[index]) { index += 1 }
      }
      if byte > 0x20 { tokens.append(start..<index) }
    }
    return tokens
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private mutating func range(in bytes: [UInt8], from place: Int, atMost length: Int) -> Range<Int> {
    place..<min(bytes.count, place + 1 + random(length))
  }

  private mutating func random(_ bound: Int) -> Int {
    Int.random(in: 0..<bound, using: &generator)
  }
}
