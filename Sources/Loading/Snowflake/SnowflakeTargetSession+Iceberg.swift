package import Plans
import Snowflake

extension SnowflakeTargetSession {
  /// Asks the account; only reads. A statement that it refuses is an answer, a connection that breaks is an error.
  package func answer(_ checks: [IcebergCheck]) throws -> [IcebergCheck] {
    try speaking(at: account) { try checks.map(answered) }
  }

  func answered(_ check: IcebergCheck) throws -> IcebergCheck {
    let rows: [[String: String]]
    do {
      rows = try ask(check.sql).named
    } catch let error as SnowflakeError where error.kind == .statement && error.outcome == .failed {
      return check.with(.fails, Self.words(error))
    }
    let counted = check.row.map { name in rows.filter { $0["name"] == name } } ?? rows
    switch check.answer {
    case .succeeds: return check.with(.holds)
    case .rows: return counted.isEmpty ? check.with(.fails, "there is none") : check.with(.holds)
    case .noRows:
      guard let found = counted.first else { return check.with(.holds) }
      return check.with(.fails, "a \(found["kind"]?.lowercased() ?? "object") has it")
    case .isEnabled: return property("ENABLED", rows, check)
    case .allowsWrites: return property("ALLOW_WRITES", rows, check)
    case .isUnmanaged:
      guard let found = counted.first else { return check.with(.fails, "there is no such Iceberg table") }
      guard let type = found["iceberg_table_type"] else { return check.with(.unknown, "the account does not say") }
      return type == "UNMANAGED" ? check.with(.holds) : check.with(.fails, "it is \(type.lowercased())")
    }
  }

  private func property(_ name: String, _ rows: [[String: String]], _ check: IcebergCheck) -> IcebergCheck {
    let value = rows.first { $0["property"]?.uppercased() == name }?["property_value"]?.lowercased()
    guard let value else { return check.with(.unknown, "the account does not show \(name)") }
    guard value != "true" else { return check.with(.holds) }
    var check = check
    check.remedy = check.remedyOfProperty ?? check.remedy
    return check.with(.fails, "\(name) is \(value)")
  }

  /// The server's words in one line, without what differs from one time to the next.
  static func words(_ error: SnowflakeError) -> String {
    error.message.split(whereSeparator: \.isNewline).joined(separator: " ") + (error.code.map { ", \($0)" } ?? "")
  }
}
