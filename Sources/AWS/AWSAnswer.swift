import Foundation
import FoundationXML

/// The texts of an XML answer by their element's name; the first wins where a name comes again.
///
/// The answers of AWS's query APIs that are read here are flat enough for that.
final class AWSAnswer: NSObject, XMLParserDelegate {
  private(set) var texts: [String: String] = [:]
  private var current = ""

  /// Nil for what is no XML.
  init?(_ bytes: [UInt8]) {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.shouldResolveExternalEntities = false
    parser.delegate = self
    guard parser.parse() else { return nil }
  }

  subscript(name: String) -> String? { texts[name] }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    current = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }

  func parser(_ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?) {
    let text = current.trimmingCharacters(in: .whitespacesAndNewlines)
    if texts[elementName] == nil, !text.isEmpty { texts[elementName] = text }
    current = ""
  }
}
