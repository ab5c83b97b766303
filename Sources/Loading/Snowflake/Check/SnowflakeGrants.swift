import Catalogs
import Snowflake

/// What a role may do, by its own grants and those of the roles it inherits from.
struct SnowflakeGrants {
  private struct Grant: Hashable {
    var privilege: String
    /// `DATABASE`, `EXTERNAL VOLUME`; every kind of table is `TABLE`.
    var kind: String
    var name: [String]
  }

  /// Levels of inheritance, and roles, that are walked at most.
  private static let levels = 10
  private static let mostRoles = 100
  /// Rows of one `SHOW`; as many may be some of more.
  private static let mostRows = 10_000

  private var held: Set<Grant> = []
  /// Why the role may have rights that were not seen; nil when all were.
  private(set) var doubt: String?

  /// Asks for the grants of `role` and of PUBLIC, and then, a level at a time, of the roles that are granted to those.
  ///
  /// A role that may not be read leaves a doubt and no error. Statements: `SHOW GRANTS TO [DATABASE] ROLE`.
  ///
  /// - Parameter secondary: Whether the session has other roles besides, which may do more.
  init(role: String, secondary: Bool, ask: (String) throws -> SnowflakeRows) throws {
    var next = ["ROLE \(SnowflakeName.written(role))", "ROLE PUBLIC"]
    var seen = Set(next)
    for _ in 0..<Self.levels where !next.isEmpty {
      let level = next
      next = []
      for holder in level {
        for inherited in try take(holder, ask) where seen.insert(inherited).inserted { next.append(inherited) }
      }
      if seen.count > Self.mostRoles { break }
    }
    if !next.isEmpty { doubt = "role \(role) inherits from too many roles to look at all" }
    if secondary, doubt == nil { doubt = "the session's secondary roles may allow more" }
  }

  /// Takes the grants to one role in; the roles that it inherits from.
  private mutating func take(_ holder: String, _ ask: (String) throws -> SnowflakeRows) throws -> [String] {
    let statement = "SHOW GRANTS TO \(holder)"
    let rows: [[String: String]]
    do {
      rows = try ask(statement).named
    } catch let error as SnowflakeError where error.kind == .statement {
      doubt = doubt ?? "\(statement) is refused"
      return []
    }
    if rows.count >= Self.mostRows { doubt = doubt ?? "\(statement) has too many rows to see all" }
    var inherited: [String] = []
    for row in rows {
      guard let privilege = row["privilege"], let kind = row["granted_on"]?.replacing("_", with: " "),
        let written = row["name"]
      else { continue }
      let name = GrantedName.parts(written)
      switch (kind, privilege) {
      case ("ROLE", "USAGE"), ("DATABASE ROLE", "USAGE"):
        inherited.append("\(kind) \(name.map(SnowflakeName.written).joined(separator: "."))")
      default:
        held.insert(Grant(privilege: privilege, kind: kind.hasSuffix("TABLE") ? "TABLE" : kind, name: name))
      }
    }
    return inherited
  }

  /// The privileges of a right that were not seen. Who owns an object may do everything with it.
  func missing(_ right: SnowflakeRight) -> [String] {
    if owns(right.kind, right.name) { return [] }
    return right.privileges.filter {
      !held.contains(Grant(privilege: $0, kind: right.kind.rawValue, name: right.name))
    }
  }

  func owns(_ kind: SnowflakeRight.Kind, _ name: [String]) -> Bool {
    held.contains(Grant(privilege: "OWNERSHIP", kind: kind.rawValue, name: name))
  }
}
