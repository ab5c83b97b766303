import Catalogs

/// What tells target tables apart on their platform.
enum TargetIdentity {
  /// Equal for names that mean one table; `name` is folded.
  ///
  /// SQLite compares names without case, has no databases, and keeps a schema only inside the table's name:
  /// `orders` for none, `main` and `public`, else `sales.orders`.
  static func of(_ name: ObjectName, on platform: TargetPlatform) -> String {
    switch platform {
    case .snowflake:
      return [name.database, name.schema, name.table].map { $0.map(Identifier.quoted) ?? "" }.joined(separator: ".")
    case .sqlite:
      let schema = name.schema.map { $0.lowercased() }
      let isPlain = schema == nil || schema == "main" || schema == "public"
      return (isPlain ? name.table : "\(schema ?? "").\(name.table)").lowercased()
    }
  }
}
