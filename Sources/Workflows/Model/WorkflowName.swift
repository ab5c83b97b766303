/// The name that a workflow goes by: in plan files, in the state, in lists of runs.
package struct WorkflowName: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// Nil unless `text` is ASCII letters and digits, the first no digit.
  package init?(_ text: String) {
    let isName = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: false
      }
    }
    guard isName, let first = text.first, !first.isNumber else { return nil }
    self.text = text
  }

  /// The name of a file without its folder and without what follows the first dot: `sales` of `etl/sales.wf.json`. Nil
  /// when that is no name.
  package init?(file path: String) {
    let name = path.split(separator: "/").last ?? ""
    self.init(String(name.prefix { $0 != "." }))
  }

  package var description: String { text }
}
