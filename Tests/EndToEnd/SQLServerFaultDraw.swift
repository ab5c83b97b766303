import Support

/// Draws what goes wrong between the program and SQL Server's bench: on the way, and on the server itself.
struct SQLServerFaultDraw {
  /// A fault of the bench, and what it is called in a count.
  struct Failure: CustomStringConvertible {
    var values: [String: BenchValue]
    var description: String
  }

  private var random: SeededGenerator
  private let isPlain: Bool

  /// Deadlock victim, lock time-out, killed session, tempdb and its log full, versions of rows gone.
  private static let numbers = [1205, 1222, 596, 1105, 9002, 3958]

  /// - Parameter isPlain: bytes can be read on the way, and places be found by them.
  init(seed: UInt64, isPlain: Bool) {
    random = SeededGenerator(seed: seed)
    self.isPlain = isPlain
  }

  // MARK: On the way

  /// Most connections are cut, at places that lie in the sign-in, the set-up and the first parts, or within questions and rows.
  mutating func cut() -> CuttingProxy.Fault? {
    guard random.chance(85) else { return nil }
    let act: CuttingProxy.Act = random.chance(50) ? .close : .reset
    if isPlain, random.chance(45) {
      // Texts are UTF-16 on the wire. A column's name and a value come in the head of rows and in rows.
      let marks: [(String, CuttingProxy.Side, Int)] = [
        ("notes", .server, 60), ("round ", .server, 900), ("long ", .server, 9000), ("move", .server, 200),
        ("HASHBYTES", .client, 400), ("HASHBYTES", .client, 2500), ("COMMIT", .client, 40),
        ("FROM [dbo]", .client, 400),
      ]
      let (mark, side, more) = marks[random.number(0..<marks.count)]
      let bytes = mark.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
      return CuttingProxy.Fault(.behind(bytes, plus: random.number(0..<more), from: side), act)
    }
    let isServer = random.chance(65)
    return CuttingProxy.Fault(
      .after(random.number(0..<(isServer ? 12_000 : 24_000)), from: isServer ? .server : .client), act)
  }

  // MARK: On the server

  /// One that fires in a plan that runs these statements.
  mutating func inPlan(_ statements: [String]) -> Failure {
    if random.chance(50) {
      let queries = statements.count { $0.hasPrefix("SELECT") }
      return failure("question", "^SELECT", nth: 1 + random.number(0..<queries), rows: random.number(0..<6))
    }
    return failure("statement", "", nth: 1 + random.number(0..<statements.count), rows: nil)
  }

  /// A dozen and more for a run with many parts.
  mutating func inRun() -> [Failure] {
    var failures: [Failure] = []
    // An error among rows is what FreeTDS calls a success.
    for nth in [1, 4, 7, 10] {
      failures.append(failure("rows", #"^SELECT \[id\]"#, nth: nth + random.number(0..<3), rows: random.number(0..<17)))
    }
    for nth in [1, 4] {
      failures.append(failure("rows", #"^SELECT \[n\]"#, nth: nth + random.number(0..<3), rows: random.number(0..<17)))
    }
    failures.append(
      Failure(
        values: [
          "act": "truncate", "text": #"^SELECT \[n\]"#, "nth": 7, "rows": .number(Double(random.number(0..<10))),
        ], description: "rows, cut row"))
    for (name, text) in [
      ("digest", "HASHBYTES"), ("catalog", #"sys\."#), ("begin", "BEGIN TRANSACTION"), ("commit", "^COMMIT"),
    ] {
      for nth in [1, 6] {
        failures.append(failure(name, text, nth: nth + random.number(0..<5), rows: nil))
      }
    }
    let number = [40_613, 983][random.number(0..<2)]
    failures.append(
      Failure(
        values: [
          "act": "error", "kind": "login", "nth": .number(Double(1 + random.number(0..<8))),
          "number": .number(Double(number)),
        ], description: "sign-in, \(number)"))
    return failures
  }

  private mutating func failure(_ name: String, _ text: String, nth: Int, rows: Int?) -> Failure {
    var values: [String: BenchValue] = ["text": .text(text), "nth": .number(Double(nth))]
    values["rows"] = rows.map { .number(Double($0)) }
    let act: String
    switch random.number(0..<10) {
    case 0..<6:
      let number = Self.numbers[random.number(0..<Self.numbers.count)]
      values["number"] = .number(Double(number))
      act = "error"
      values["act"] = "error"
      return Failure(values: values, description: "\(name), \(number)")
    case 6: act = "half"
    case 7: act = "reset"
    default:
      act = "failover"
      values["logins"] = .number(Double(1 + random.number(0..<2)))
    }
    values["act"] = .text(act)
    return Failure(values: values, description: "\(name), \(act) by the server")
  }
}
