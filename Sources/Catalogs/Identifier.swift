/// An identifier as a person writes it in a workflow, and what its system makes of it.
///
/// Quoting is the writer's: `Orders` folds, `"Orders"` and `[Orders]` and `` `Orders` `` keep their spelling. A doubled
/// closing quote inside quotes stands for one. Text is read by Unicode scalar, as the systems do: a combining accent
/// behind a quote does not hide it. Folding touches ASCII letters only: PostgreSQL leaves all others alone, and Snowflake
/// takes none without quotes.
package enum Identifier {
  /// The stored spelling of `written`.
  ///
  /// - Throws: ``IdentifierError`` when the text is empty, or its quotes do not close where it ends.
  package static func stored(_ written: String, folding: IdentifierFolding) throws(IdentifierError) -> String {
    guard let first = written.unicodeScalars.first else { throw .empty }
    guard let close = closingQuote(for: first) else { return folded(written, folding) }
    return try unquoted(written, close: close)
  }

  /// `name` between double quotes, quotes inside doubled: right in every system scmplan speaks to.
  package static func quoted(_ name: String) -> String {
    var text = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in name.unicodeScalars {
      if scalar == "\"" { text.append(scalar) }
      text.append(scalar)
    }
    text.append("\"")
    return String(text)
  }

  private static func folded(_ name: String, _ folding: IdentifierFolding) -> String {
    let fold: (Unicode.Scalar) -> Unicode.Scalar =
      switch folding {
      case .upper: { ("a"..."z").contains($0) ? Unicode.Scalar(UInt8($0.value - 32)) : $0 }
      case .lower: { ("A"..."Z").contains($0) ? Unicode.Scalar(UInt8($0.value + 32)) : $0 }
      case .kept: { $0 }
      }
    return String(String.UnicodeScalarView(name.unicodeScalars.map(fold)))
  }

  private static func closingQuote(for open: Unicode.Scalar) -> Unicode.Scalar? {
    switch open {
    case "\"": "\""
    case "[": "]"
    case "`": "`"
    default: nil
    }
  }

  private static func unquoted(_ written: String, close: Unicode.Scalar) throws(IdentifierError) -> String {
    var name = String.UnicodeScalarView()
    var rest = written.unicodeScalars.dropFirst()
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
      return String(name)
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
