import Catalogs
import Testing

struct IdentifierTests {
  @Test(arguments: [
    ["Orders", "ORDERS", "orders", "Orders"],
    ["\"Orders\"", "Orders", "Orders", "Orders"],
    ["[My Table]", "My Table", "My Table", "My Table"],
    ["`a``b`", "a`b", "a`b", "a`b"],
    ["\"a\"\"b\"", "a\"b", "a\"b", "a\"b"],
    ["[a]]b]", "a]b", "a]b", "a]b"],
    ["[a\"b]", "a\"b", "a\"b", "a\"b"],
    ["\"\"\"\"", "\"", "\"", "\""],
    ["a b", "A B", "a b", "a b"],
    ["straße_Äb", "STRAßE_ÄB", "straße_Äb", "straße_Äb"],
    ["İÄB", "İÄB", "İÄb", "İÄB"],
  ])
  func `Quotes keep a name, its system folds ASCII letters without them`(spellings: [String]) throws {
    #expect(try Identifier.stored(spellings[0], folding: .upper) == spellings[1])
    #expect(try Identifier.stored(spellings[0], folding: .lower) == spellings[2])
    #expect(try Identifier.stored(spellings[0], folding: .kept) == spellings[3])
  }

  @Test(arguments: [
    ("", IdentifierError.empty), ("\"\"", .empty), ("[]", .empty), ("\"a", .unclosed("\"a")),
    ("[a]]", .unclosed("[a]]")),
    ("\"", .unclosed("\"")), ("\"a\"b", .textAfterQuote("\"a\"b")), ("[a] ", .textAfterQuote("[a] ")),
    ("\"a\"\u{301}", .textAfterQuote("\"a\"\u{301}")),
  ])
  func `A name that is none is refused`(written: String, error: IdentifierError) {
    #expect(throws: error) { try Identifier.stored(written, folding: .kept) }
    #expect(!error.description.isEmpty)
  }

  @Test(arguments: ["a", "a\"b", "\"", "a\"\u{301}b", "\u{301}", "é", "e\u{301}", "a\r\nb", "\"\"", "名前"])
  func `What is quoted reads back as the same scalars`(name: String) throws {
    let quoted = Identifier.quoted(name)
    let inside = quoted.unicodeScalars.dropFirst().dropLast()
    #expect(inside.count { $0 == "\"" } == 2 * name.unicodeScalars.count { $0 == "\"" })
    let back = try Identifier.stored(quoted, folding: .upper)
    #expect(Array(back.unicodeScalars) == Array(name.unicodeScalars))
  }
}
