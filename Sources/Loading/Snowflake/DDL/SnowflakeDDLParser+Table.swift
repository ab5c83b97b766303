import Catalogs

extension SnowflakeDDLParser {
  /// Everything behind `CREATE … TABLE`.
  mutating func createTable(_ modifiers: Set<String>, isReplaced: Bool, start: Int) throws(LoadingError) {
    let isOptional = source.take(words: "IF", "NOT", "EXISTS")
    let place = SnowflakeDDLSource.place(source.file, source.text, source.current.range.lowerBound)
    let name = try tableName()
    guard modifiers.isDisjoint(with: ["TEMP", "TEMPORARY", "VOLATILE"]) else { return skip("CREATE TEMPORARY TABLE") }
    var table = Table(name: name, columns: [])
    // What fills itself takes no rows from a load.
    if !modifiers.isDisjoint(with: ["DYNAMIC", "EXTERNAL", "EVENT"]) { table.kind = .virtual }
    table.traits = ["TRANSIENT", "HYBRID", "ICEBERG", "DYNAMIC", "EXTERNAL", "EVENT"].filter(modifiers.contains)
    // `GET_DDL` writes the clustering key before the columns.
    if source.take(words: "CLUSTER", "BY") {
      _ = source.take(words: "LINEAR")
      table.clusteringKey = try clusteringKey()
    }
    if source.current.isSign("(") {
      try elements(of: &table, isHybrid: modifiers.contains("HYBRID"))
    } else if source.take(words: "LIKE") || source.take(words: "CLONE") {
      guard let original = try original(of: name) else { return skip("CREATE TABLE LIKE") }
      (table.columns, table.primaryKey, table.uniqueKeys) = (
        original.columns, original.primaryKey, original.uniqueKeys
      )
    } else {
      // Its columns come from a query or from files.
      return skip(source.current.isWord("AS") ? "CREATE TABLE AS" : "CREATE TABLE without columns")
    }
    try options(of: &table)
    try checkKeys(of: &table, at: place)
    try definitions.define(
      SnowflakeDDL.Definition(table: table, place: place), isReplaced: isReplaced, isOptional: isOptional)
  }

  private mutating func original(of name: ObjectName) throws(LoadingError) -> Table? {
    let other = try tableName()
    return definitions.tables.first { $0.table.name == other }?.table
  }

  /// The columns and constraints between the parentheses.
  private mutating func elements(of table: inout Table, isHybrid: Bool) throws(LoadingError) {
    try source.expect(sign: "(", "before the columns")
    repeat {
      // A comma behind the last column is taken, as Snowflake takes it.
      if source.current.isSign(")"), !table.columns.isEmpty { break }
      if startsConstraint {
        try outOfLineConstraint(&table)
      } else if isHybrid, source.current.isWord("INDEX"), source.peek(1).isName, source.peek(2).isSign("(") {
        try index()
      } else {
        try column(of: &table)
      }
    } while source.take(sign: ",")
    try source.expect(sign: ")", "behind the columns")
  }

  private var startsConstraint: Bool {
    let next = source.peek(1)
    return switch source.current.text {
    case _ where source.current.kind != .word: false
    case "CONSTRAINT", "UNIQUE": true
    case "PRIMARY", "FOREIGN": next.isWord("KEY")
    case "CHECK": next.isSign("(")
    default: false
    }
  }

  /// `[CONSTRAINT name] PRIMARY KEY (…)` and its like, with their properties.
  mutating func outOfLineConstraint(_ table: inout Table) throws(LoadingError) {
    if source.take(words: "CONSTRAINT"), !startsConstraint { _ = try source.expectName("a constraint's name") }
    if source.take(words: "PRIMARY", "KEY") {
      let keys = try columnList()
      guard table.primaryKey.isEmpty || table.primaryKey == keys else {
        throw source.unexpected("\(table.name) has a primary key already")
      }
      table.primaryKey = keys
    } else if source.take(words: "UNIQUE") {
      table.uniqueKeys.append(try columnList())
    } else if source.take(words: "FOREIGN", "KEY") {
      _ = try columnList()
      try references()
    } else if source.take(words: "CHECK") {
      try source.skipParentheses()
    } else {
      throw source.unexpected("PRIMARY KEY, UNIQUE, FOREIGN KEY or CHECK should stand here")
    }
    try constraintProperties()
  }

  private mutating func index() throws(LoadingError) {
    source.take()
    source.take()
    try source.skipParentheses()
    if source.take(words: "INCLUDE") { try source.skipParentheses() }
  }

  mutating func columnList() throws(LoadingError) -> [String] {
    try source.expect(sign: "(", "before the constraint's columns")
    var names: [String] = []
    repeat { names.append(try source.expectName("a column's name")) } while source.take(sign: ",")
    try source.expect(sign: ")", "behind the constraint's columns")
    return names
  }

  /// `REFERENCES table [(columns)]`.
  mutating func references() throws(LoadingError) {
    guard source.take(words: "REFERENCES") else { throw source.unexpected("REFERENCES should stand here") }
    _ = try nameParts("a table's name")
    if source.current.isSign("(") { try source.skipParentheses() }
  }

  /// Properties of a constraint in any order: none of them changes what a load may do.
  mutating func constraintProperties() throws(LoadingError) {
    while true {
      if source.take(words: "NOT", "ENFORCED") || source.take(words: "NOT", "DEFERRABLE")
        || source.take(words: "INITIALLY", "DEFERRED") || source.take(words: "INITIALLY", "IMMEDIATE")
        || source.take(words: "ENFORCED") || source.take(words: "DEFERRABLE") || source.take(words: "ENABLE")
        || source.take(words: "DISABLE") || source.take(words: "VALIDATE") || source.take(words: "NOVALIDATE")
        || source.take(words: "RELY") || source.take(words: "NORELY")
        || source.take(words: "ENABLE", "VALIDATE") || source.take(words: "MATCH", "FULL")
        || source.take(words: "MATCH", "SIMPLE") || source.take(words: "MATCH", "PARTIAL")
      {
        continue
      }
      if source.take(words: "COMMENT") {
        guard source.current.kind == .string else { throw source.unexpected("the comment's text should stand here") }
        source.take()
        continue
      }
      guard source.take(words: "ON", "DELETE") || source.take(words: "ON", "UPDATE") else { return }
      guard
        source.take(words: "CASCADE") || source.take(words: "RESTRICT") || source.take(words: "SET", "NULL")
          || source.take(words: "SET", "DEFAULT") || source.take(words: "NO", "ACTION")
      else { throw source.unexpected("CASCADE, RESTRICT, SET NULL, SET DEFAULT or NO ACTION should stand here") }
    }
  }

  /// What follows the columns: the clustering key counts, the rest changes nothing that a load relies on.
  private mutating func options(of table: inout Table) throws(LoadingError) {
    while !source.isAtEnd, !source.current.isSign(";") {
      if source.take(words: "CLUSTER", "BY") {
        _ = source.take(words: "LINEAR")
        table.clusteringKey = try clusteringKey()
      } else if source.current.isSign("(") {
        try source.skipParentheses()
      } else if source.current.isSign(")") {
        throw source.unexpected("; should stand here")
      } else if source.current.isWord("CREATE") {
        throw source.unexpected("; should end the statement before the next one")
      } else {
        source.take()
      }
    }
  }

  /// The columns of the clustering key; none when it has an expression.
  private mutating func clusteringKey() throws(LoadingError) -> [String] {
    guard source.current.isSign("(") else { throw source.unexpected("( should stand here, before the clustering key") }
    let first = source.index + 1
    try source.skipParentheses()
    let inner = source.tokens[first..<source.index - 1]
    let names = inner.filter(\.isName).map(\.text)
    return inner.count == 2 * names.count - 1 && inner.allSatisfy({ $0.isName || $0.isSign(",") }) ? names : []
  }

  /// `ALTER TABLE … ADD [CONSTRAINT …] PRIMARY KEY | UNIQUE | FOREIGN KEY`; others are passed over.
  mutating func alterTable() throws(LoadingError) {
    source.take()
    source.take()
    _ = source.take(words: "IF", "EXISTS")
    let name = try tableName()
    guard source.take(words: "ADD"), startsConstraint,
      let index = definitions.tables.firstIndex(where: { $0.table.name == name })
    else { return skip("ALTER TABLE") }
    var definition = definitions.tables[index]
    try outOfLineConstraint(&definition.table)
    try checkKeys(of: &definition.table, at: definition.place)
    definitions.tables[index] = definition
  }

  /// Keys name columns of the table, and those of the primary key take no NULL.
  private func checkKeys(of table: inout Table, at place: String) throws(LoadingError) {
    for name in table.primaryKey + table.uniqueKeys.flatMap({ $0 }) where table.column(name) == nil {
      throw LoadingError(
        .badDefinition, at: place, "a key of \(table.name) names the column \(name), which the table does not have")
    }
    for index in table.columns.indices where table.primaryKey.contains(table.columns[index].name) {
      table.columns[index].isNullable = false
    }
  }
}
