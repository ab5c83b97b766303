import Catalogs

extension SnowflakeDDLParser {
  /// `name type attributes`, up to the comma or parenthesis behind them.
  mutating func column(of table: inout Table) throws(LoadingError) {
    let start = source.current
    let name = try source.expectName("a column's name")
    guard table.column(name) == nil else {
      throw source.failure(at: start, "the table has a column \(name) already; take one of the two out")
    }
    var column = Column(name: name, declaredType: "", type: .variant)
    // The columns of a query, as a dynamic table has them, may go without types.
    let isBare = table.kind == .virtual && (source.current.isSign(",") || source.current.isSign(")"))
    if !isBare, !source.current.isWord("AS") {
      let type = try type()
      column.declaredType = type.description
      column.type = type.logicalType
    }
    var isKey = false
    var isUnique = false
    while !source.isAtEnd, !source.current.isSign(","), !source.current.isSign(")") {
      try attribute(of: &column, isKey: &isKey, isUnique: &isUnique)
    }
    if isKey {
      guard table.primaryKey.isEmpty else { throw source.failure(at: start, "the table has two primary keys") }
      table.primaryKey = [name]
    }
    if isUnique { table.uniqueKeys.append([name]) }
    table.columns.append(column)
  }

  /// A type with its arguments, in all the words that Snowflake takes.
  private mutating func type() throws(LoadingError) -> SnowflakeType {
    let first = source.index
    let start = source.current
    guard start.kind == .word else { throw source.unexpected("a column's type should stand here") }
    source.take()
    switch start.text {
    case "DOUBLE": _ = source.take(words: "PRECISION")
    case "CHAR", "CHARACTER", "NCHAR", "BINARY": _ = source.take(words: "VARYING")
    default: break
    }
    if source.current.isSign("(") { try source.skipParentheses() }
    if start.text == "TIMESTAMP" || start.text == "TIME" {
      _ =
        source.take(words: "WITH", "LOCAL", "TIME", "ZONE") || source.take(words: "WITH", "TIME", "ZONE")
        || source.take(words: "WITHOUT", "TIME", "ZONE")
    }
    let written = source.slice(from: first)
    guard let type = SnowflakeType(written) else {
      throw source.failure(
        at: start, "Snowflake has no type \(written.prefix(60)); correct it, or take the statement out of the folder")
    }
    return type
  }

  private mutating func attribute(
    of column: inout Column, isKey: inout Bool, isUnique: inout Bool
  ) throws(LoadingError) {
    if source.take(words: "NOT", "NULL") {
      column.isNullable = false
      try constraintProperties()
    } else if source.take(words: "NULL") {
      column.isNullable = true
    } else if source.take(words: "DEFAULT") {
      column.defaultValue = try expression()
    } else if source.take(words: "AUTOINCREMENT") || source.take(words: "IDENTITY") {
      column.defaultValue = "IDENTITY"
      column.isNullable = false
      try identity()
    } else if source.take(words: "COLLATE") {
      guard source.current.kind == .string else { throw source.unexpected("a collation in quotes should stand here") }
      let collation = source.take().text
      column.collation = collation.isEmpty ? nil : collation
    } else if source.take(words: "COMMENT") {
      guard source.current.kind == .string else { throw source.unexpected("the comment's text should stand here") }
      column.comment = source.take().text
    } else if source.take(words: "PRIMARY", "KEY") {
      isKey = true
      try constraintProperties()
    } else if source.take(words: "UNIQUE") {
      isUnique = true
      try constraintProperties()
    } else if source.take(words: "FOREIGN", "KEY") || source.current.isWord("REFERENCES") {
      try references()
      try constraintProperties()
    } else if source.take(words: "CONSTRAINT") {
      _ = try source.expectName("a constraint's name")
    } else if source.take(words: "CHECK") {
      try source.skipParentheses()
      try constraintProperties()
    } else if source.take(words: "GENERATED", "ALWAYS") || source.current.isWord("AS") {
      guard source.take(words: "AS") else { throw source.unexpected("AS should stand here") }
      column.isGenerated = true
      try source.skipParentheses()
    } else {
      try policy()
    }
  }

  /// Masking and projection policies and tags: they change what is read, not what is written.
  private mutating func policy() throws(LoadingError) {
    _ = source.take(words: "WITH")
    if source.take(words: "MASKING", "POLICY") || source.take(words: "PROJECTION", "POLICY") {
      _ = try nameParts("a policy's name")
      if source.take(words: "USING") { try source.skipParentheses() }
    } else if source.take(words: "TAG") {
      try source.skipParentheses()
    } else {
      throw source.unexpected("a comma or something that Snowflake says of a column should stand here")
    }
  }

  /// `(1, 1)` or `START 1 INCREMENT 1`, `ORDER` or `NOORDER` behind it.
  private mutating func identity() throws(LoadingError) {
    if source.current.isSign("(") { try source.skipParentheses() }
    while true {
      if source.take(words: "START") {
        _ = source.take(words: "WITH")
      } else if source.take(words: "INCREMENT") {
        _ = source.take(words: "BY")
      } else if source.take(words: "ORDER") || source.take(words: "NOORDER") {
        continue
      } else {
        return
      }
      _ = source.take(sign: "=")
      _ = source.take(sign: "-")
      guard source.current.kind == .number else { throw source.unexpected("a number should stand here") }
      source.take()
    }
  }

  /// The text of a default: all up to what cannot go on with an expression.
  private mutating func expression() throws(LoadingError) -> String {
    let first = source.index
    var isOperandDue = true
    while !source.isAtEnd, !source.current.isSign(","), !source.current.isSign(")"), !source.current.isSign(";") {
      let token = source.current
      if !isOperandDue, token.kind == .word, Self.attributeWords.contains(token.text) { break }
      if token.isSign("(") {
        try source.skipParentheses()
        isOperandDue = false
      } else {
        source.take()
        isOperandDue = token.kind == .sign
      }
    }
    let text = source.slice(from: first)
    guard !text.isEmpty else { throw source.unexpected("the default's value should stand here") }
    return text
  }

  /// Words that begin another attribute behind a default.
  private static let attributeWords: Set<String> = [
    "NOT", "NULL", "COMMENT", "COLLATE", "CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "REFERENCES", "WITH", "MASKING",
    "PROJECTION", "TAG", "CHECK", "AUTOINCREMENT", "IDENTITY", "DEFAULT",
  ]
}
