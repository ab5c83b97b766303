import Catalogs
import Plans
import Store

/// Finds tables of the state by what people call them.
enum StateTables {
  /// The tables whose source or target is called `name`, with or without database and schema.
  ///
  /// - Throws: ``Failure`` when there is none.
  static func find(_ name: String, in store: Store) throws -> [TableSummary] {
    let wanted = name.lowercased()
    let found = try store.tableSummaries().filter { table in
      [table.key.source, table.key.target].contains { object in
        [object.description, object.short, object.table].contains { $0.lowercased() == wanted }
      }
    }
    guard !found.isEmpty else {
      throw Failure(.error, "\(name) is no run, no plan file, and no table of the state", "See: scmplan state list")
    }
    return found
  }

  /// The one table that `name` means.
  ///
  /// - Throws: ``Failure`` when there is none, or several.
  static func one(_ name: String, in store: Store) throws -> TableSummary {
    let found = try find(name, in: store)
    guard found.count == 1 else {
      let names = found.map { "\($0.key.source) -> \($0.key.target)" }.joined(separator: ", ")
      throw Failure(.error, "\(name) means several tables: \(names)", "Name database and schema as well.")
    }
    return found[0]
  }
}
