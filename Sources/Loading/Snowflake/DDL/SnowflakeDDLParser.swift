import Catalogs

/// Reads the `CREATE TABLE` statements of one file, as SnowConvert and `GET_DDL` write them, and passes over all others.
///
/// A recursive descent over tokens that never looks back further than a statement: an error is kept with its place, and
/// reading goes on behind the next semicolon, so that one look shows everything that is wrong.
struct SnowflakeDDLParser {
  var source: SnowflakeDDLSource
  var definitions = SnowflakeDDL()
  /// Where `USE` and `CREATE SCHEMA` have led: what unqualified names are in.
  var database: String?
  var schema: String?

  /// What a file defines.
  static func parse(file: String, text: String) -> SnowflakeDDL {
    do throws(LoadingError) {
      var parser = SnowflakeDDLParser(source: try SnowflakeDDLSource(file: file, text: text))
      parser.readAll()
      return parser.definitions
    } catch {
      return SnowflakeDDL(problems: [error])
    }
  }

  private mutating func readAll() {
    while !source.isAtEnd {
      if source.take(sign: ";") { continue }
      do throws(LoadingError) {
        try statement()
        guard source.isAtEnd || source.current.isSign(";") else { throw source.unexpected("; should stand here") }
      } catch {
        definitions.problems.append(error)
        skipStatement()
      }
    }
  }

  private mutating func statement() throws(LoadingError) {
    let first = source.current
    switch first.text {
    case "CREATE" where first.kind == .word: try create()
    case "USE" where first.kind == .word: try use()
    case "ALTER" where first.kind == .word && source.peek(1).isWord("TABLE"): try alterTable()
    case _ where first.kind == .word:
      skip(first.text)
    default: throw source.unexpected("a statement should begin here")
    }
  }

  private mutating func create() throws(LoadingError) {
    let start = source.index
    source.take()
    var isReplaced = false
    if source.take(words: "OR", "REPLACE") || source.take(words: "OR", "ALTER") { isReplaced = true }
    var modifiers: Set<String> = []
    while source.current.kind == .word, Self.modifiers.contains(source.current.text) {
      modifiers.insert(source.take().text)
    }
    let kind = source.current.kind == .word ? source.current.text : ""
    switch kind {
    case "TABLE":
      source.take()
      try createTable(modifiers, isReplaced: isReplaced, start: start)
    case "DATABASE":
      source.take()
      _ = source.take(words: "IF", "NOT", "EXISTS")
      database = try source.expectName("a database's name")
      schema = "PUBLIC"
      skip("CREATE DATABASE")
    case "SCHEMA":
      source.take()
      _ = source.take(words: "IF", "NOT", "EXISTS")
      try enter(try nameParts("a schema's name"))
      skip("CREATE SCHEMA")
    default:
      skip("CREATE " + (kind.isEmpty ? "?" : kind))
    }
  }

  /// Words between `CREATE` and the kind of object.
  private static let modifiers: Set<String> = [
    "LOCAL", "GLOBAL", "TEMP", "TEMPORARY", "VOLATILE", "TRANSIENT", "HYBRID", "ICEBERG", "DYNAMIC", "EXTERNAL",
    "EVENT",
    "INTERACTIVE", "MANAGED", "UNMANAGED", "SECURE", "RECURSIVE", "MATERIALIZED", "READ", "ONLY", "BACKUP",
  ]

  private mutating func use() throws(LoadingError) {
    source.take()
    if source.current.kind == .word, ["ROLE", "WAREHOUSE", "SECONDARY"].contains(source.current.text) {
      skip("USE \(source.current.text)")
    } else if source.take(words: "DATABASE") {
      database = try source.expectName("a database's name")
      schema = "PUBLIC"
    } else if source.take(words: "SCHEMA") {
      try enter(try nameParts("a schema's name"))
    } else {
      // One name is a database's, two are a schema's.
      let parts = try nameParts("a database's or schema's name")
      if parts.count == 1 {
        database = parts[0]
        schema = "PUBLIC"
      } else {
        try enter(parts)
      }
    }
  }

  private mutating func enter(_ parts: [String]) throws(LoadingError) {
    guard let name = parts.last, parts.count <= 2 else {
      throw source.unexpected("a schema has a name of one or two parts")
    }
    if parts.count == 2 { database = parts[0] }
    schema = name
  }

  /// Names joined by dots; an empty one between two dots is the schema `PUBLIC`.
  mutating func nameParts(_ what: String) throws(LoadingError) -> [String] {
    if source.current.isWord("IDENTIFIER"), source.peek(1).isSign("(") {
      throw source.unexpected("\(what) should be written out, for a folder of files knows no variables")
    }
    var parts = [try source.expectName(what)]
    while source.take(sign: ".") {
      if source.current.isSign(".") {
        parts.append("PUBLIC")
      } else {
        parts.append(try source.expectName(what))
      }
    }
    return parts
  }

  /// A table's name with what `USE` says added.
  mutating func tableName() throws(LoadingError) -> ObjectName {
    let start = source.current
    let parts = try nameParts("a table's name")
    guard parts.count <= 3, let table = parts.last else {
      throw source.failure(at: start, "a table's name has at most three parts; correct it")
    }
    return ObjectName(
      database: parts.count == 3 ? parts[0] : database, schema: parts.count > 1 ? parts[parts.count - 2] : schema,
      table: table)
  }

  /// Passes over a statement of another kind.
  mutating func skip(_ kind: String) {
    definitions.skipped[kind, default: 0] += 1
    skipStatement()
  }

  /// Moves to the semicolon that ends the statement, past those inside a procedure's own blocks.
  mutating func skipStatement() {
    var blocks = 0
    while !source.isAtEnd {
      let token = source.current
      if token.isSign(";"), blocks == 0 { return }
      if token.isWord("BEGIN"), !isTransaction(source.peek(1)) { blocks += 1 }
      if token.isWord("DECLARE"), blocks == 0 {
        skipDeclarations()
        continue
      }
      if token.isWord("CASE") { blocks += 1 }
      if token.isWord("END") { skipEnd(&blocks) }
      source.take()
    }
  }

  /// `END IF` and its like close what was not counted.
  private mutating func skipEnd(_ blocks: inout Int) {
    let next = source.peek(1)
    let closesLoop = next.kind == .word && ["IF", "LOOP", "FOR", "WHILE", "REPEAT"].contains(next.text)
    if !closesLoop { blocks = max(0, blocks - 1) }
    if closesLoop || next.isWord("CASE") { source.take() }
  }

  private mutating func skipDeclarations() {
    while !source.isAtEnd, !source.current.isWord("BEGIN") { source.take() }
  }

  private func isTransaction(_ next: SnowflakeDDLToken) -> Bool {
    next.isSign(";") || next.kind == .end || next.isWord("TRANSACTION") || next.isWord("WORK") || next.isWord("NAME")
  }
}
