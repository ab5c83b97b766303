/// What kind of statement a result is of, by the server's number.
package struct StatementType: Hashable, Sendable {
  package let number: Int64

  package var isQuery: Bool { number == 0x1000 }
  /// INSERT, UPDATE, DELETE, MERGE, multi-table INSERT and COPY.
  package var isDML: Bool { (0x3000...0x3500).contains(number) || number == 0x3600 }
  package var isMultiStatement: Bool { number == 0xA000 }
}
