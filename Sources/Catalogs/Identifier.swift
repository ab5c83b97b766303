/// An identifier as a person writes it in a workflow, and what its system makes of it.
///
/// Quoting is the writer's: `Orders` folds, `"Orders"` and `[Orders]` and `` `Orders` `` keep their spelling. A doubled
/// closing quote inside quotes stands for one.
package enum Identifier {
  /// The stored spelling of `written`.
  ///
  /// - Throws: ``IdentifierError`` when the text is empty, or its quotes do not close where it ends.
  package static func stored(_ written: String, folding: IdentifierFolding) throws(IdentifierError) -> String {
    guard let first = written.first else { throw .empty }
    guard let close = closingQuote(for: first) else {
      switch folding {
      case .upper: return written.uppercased()
      case .lower: return written.lowercased()
      case .kept: return written
      }
    }
    return try unquoted(written, close: close)
  }

  /// `name` between double quotes, quotes inside doubled: right in every system scmplan speaks to.
  package static func quoted(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  private static func closingQuote(for open: Character) -> Character? {
    switch open {
    case "\"": "\""
    case "[": "]"
    case "`": "`"
    default: nil
    }
  }

  private static func unquoted(_ written: String, close: Character) throws(IdentifierError) -> String {
    var name = ""
    var rest = written.dropFirst()
    while let next = rest.first {
      rest = rest.dropFirst()
      guard next == close else {
        name.append(next)
        continue
      }
      if rest.first == close {
        name.append(close)
        rest = rest.dropFirst()
        continue
      }
      guard rest.isEmpty else { throw .textAfterQuote(written) }
      guard !name.isEmpty else { throw .empty }
      return name
    }
    throw .unclosed(written)
  }
}

/// Why a written identifier is none.
package enum IdentifierError: Error, Equatable, CustomStringConvertible {
  case empty
  case unclosed(String)
  case textAfterQuote(String)

  package var description: String {
    switch self {
    case .empty: "the name is empty"
    case .unclosed(let text): "the quote in \(text) does not close"
    case .textAfterQuote(let text): "text follows the closing quote in \(text)"
    }
  }
}
