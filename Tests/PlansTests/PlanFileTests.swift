import Foundation
import Plans
import Testing
import Workflows

struct PlanFileTests {
  private func plan() throws -> Plan {
    let sample = try Sample().loaded([
      .loaded(1, .between(nil, 10), rows: 90), .loaded(2, .between(10, nil), rows: 80),
    ])
    var layout = MeasuredLayout.counted([(.between(nil, 10), 90), (.between(10, nil), 70)])
    layout.parts[0].digest?.low ^= 1
    let tables = [try Sample().change(layout), try sample.change(layout)]
    return Plan(
      workflow: "sales", affinity: nil, source: Endpoint(connection: "s", platform: "sqlserver", server: "a/b"),
      target: Endpoint(connection: "t", platform: "snowflake", server: "acme"), lineage: Sample.lineage, serial: 4,
      tables: tables, estimate: Estimate(of: tables, rate: 10))
  }

  private func read(_ text: String) throws -> Plan {
    try PlanFile.plan(from: Data(text.utf8), place: "x.plan.json")
  }

  @Test func `A plan comes back from its file, and the file is the same again`() throws {
    let plan = try plan()
    let text = try PlanFile.text(plan)
    #expect(try read(text) == plan)
    #expect(try PlanFile.text(plan) == text)
    #expect(try PlanFile.text(read(text)) == text)
    #expect(text.hasSuffix("}\n"))
  }

  @Test func `Each part has its line, and keys are sorted`() throws {
    let text = try PlanFile.text(plan())
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    let parts = lines.filter { $0.hasPrefix("{\"bytes\":") }
    #expect(parts.count == 4)
    #expect(parts.allSatisfy { $0.contains("\"range\":{") && $0.contains("\"reason\":") })
    var keys: [Int: String] = [:]
    for line in text.split(separator: "\n") {
      let depth = line.prefix { $0 == " " }.count
      keys = keys.filter { $0.key <= depth }
      guard line.dropFirst(depth).first == "\"", let end = line.range(of: "\": ") else {
        keys[depth] = nil
        continue
      }
      let key = String(line[line.startIndex..<end.lowerBound].dropFirst(depth + 1))
      if let before = keys[depth] { #expect(before < key) }
      keys[depth] = key
    }
    #expect(!text.contains("\\/"))
  }

  @Test func `One changed part is one changed line`() throws {
    let plan = try plan()
    var other = plan
    other.tables[0].parts[1].rows = 71
    let before = try PlanFile.text(plan).split(separator: "\n")
    let after = try PlanFile.text(other).split(separator: "\n")
    #expect(before.count == after.count)
    #expect(zip(before, after).count { $0 != $1 } == 1)
  }

  @Test func `A file that was cut short anywhere is told`() throws {
    let bytes = Array(try PlanFile.text(plan()).utf8)
    // The last byte is a line feed, without which the plan is whole.
    for length in 0..<(bytes.count - 1) {
      do {
        _ = try PlanFile.plan(from: Data(bytes[..<length]), place: "x.plan.json")
        Issue.record("\(length) of \(bytes.count) bytes were taken for a plan")
        return
      } catch {
        guard error.code == .damaged, error.place == "x.plan.json" else {
          Issue.record("\(length) bytes: \(error)")
          return
        }
      }
    }
  }

  @Test func `Damaged bytes never crash, and give a plan or a plan error`() throws {
    let bytes = Array(try PlanFile.text(plan()).utf8)
    var random = SeededGenerator(seed: 5)
    var refused = 0
    for _ in 0..<1_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: damaged.indices, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: damaged[index] = UInt8(truncatingIfNeeded: random.next())
        case 1: damaged.remove(at: index)
        default: damaged.insert(UInt8(truncatingIfNeeded: random.next()), at: index)
        }
      }
      do {
        _ = try PlanFile.plan(from: Data(damaged), place: "x")
      } catch {
        refused += 1
        #expect(error.code == .damaged || error.code == .newerFormat)
      }
    }
    #expect(refused > 500)
  }

  @Test(arguments: ["", "{}", "[]", "null", "{\"formatVersion\":\"1\"}", "{\"formatVersion\":1}", "not a plan"])
  func `Another file is no plan`(text: String) {
    let error = #expect(throws: PlanError.self) { try read(text) }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains("scmplan plan") == true)
  }

  @Test func `A plan of another format is refused by its number`() throws {
    let text = try PlanFile.text(plan()).replacing("\"formatVersion\": 1", with: "\"formatVersion\": 2")
    let error = #expect(throws: PlanError.self) { try read(text) }
    #expect(error?.code == .newerFormat)
    #expect(error?.message.contains("format 2") == true)
  }
}
