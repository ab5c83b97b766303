package import Catalogs

/// What definition files say: the tables of an account as they would be if every statement had run.
package struct SnowflakeDDL: Sendable {
  /// A table and where it is defined.
  struct Definition: Sendable {
    var table: Table
    /// `file:line:column`.
    var place: String
  }

  /// In the order of the files.
  var tables: [Definition] = []
  /// Statements that were passed over, by their kind: `CREATE VIEW`.
  package var skipped: [String: Int] = [:]
  /// What could not be read, each with its place.
  package var problems: [LoadingError] = []

  init(problems: [LoadingError] = []) {
    self.problems = problems
  }

  /// What the text of one file says; `file` names it in messages.
  package init(file: String, text: String) {
    self = SnowflakeDDLParser.parse(file: file, text: text)
  }

  /// The defined tables, in the order of the files.
  package var allTables: [Table] { tables.map(\.table) }

  /// The table that a name means: parts that either side leaves open are taken to agree.
  ///
  /// - Throws: ``LoadingError`` when several tables fit.
  package func table(_ name: ObjectName) throws(LoadingError) -> Table? {
    let fitting = tables.filter { Self.agrees($0.table.name, name) }
    guard fitting.count <= 1 else {
      throw LoadingError(
        .badDefinition, at: name.description,
        "several tables of the definition files could be this one (\(fitting.map(\.place).joined(separator: ", "))); "
          + "give databaseName and schemaName in the workflow")
    }
    guard var table = fitting.first?.table else { return nil }
    table.name = name
    return table
  }

  /// Adds a definition; a later one takes the place of an earlier one where its statement says so.
  mutating func define(_ definition: Definition, isReplaced: Bool, isOptional: Bool) throws(LoadingError) {
    guard let index = tables.firstIndex(where: { $0.table.name == definition.table.name }) else {
      tables.append(definition)
      return
    }
    if isReplaced {
      tables[index] = definition
    } else if !isOptional {
      throw LoadingError(
        .badDefinition, at: definition.place,
        "\(definition.table.name) is defined at \(tables[index].place) already; take one of the two out")
    }
  }

  private static func agrees(_ defined: ObjectName, _ asked: ObjectName) -> Bool {
    func agree(_ a: String?, _ b: String?) -> Bool { a == nil || b == nil || a == b }
    return defined.table == asked.table && agree(defined.schema, asked.schema)
      && agree(defined.database, asked.database)
  }
}
