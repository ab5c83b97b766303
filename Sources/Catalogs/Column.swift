/// A column as its system's catalog describes it.
package struct Column: Hashable, Codable, Sendable {
  package var name: String
  /// The type as the system declares it, spelled as declared; empty where none is.
  package var declaredType: String
  /// What the declared type means; a source's inspection may widen it to what the values need.
  package var type: LogicalType
  package var isNullable: Bool
  /// The name of the collation that orders the column's text; nil for plain byte order and for no text.
  package var collation: String?
  /// The column's value is computed by its system from other columns.
  package var isGenerated: Bool
  /// The default as SQL, where there is one.
  package var defaultValue: String?
  package var comment: String?
  /// What the catalog knows the column by within its table, whatever its name; nil where the catalog has no such thing.
  package var number: Int?

  package init(
    name: String, declaredType: String, type: LogicalType, isNullable: Bool = true, collation: String? = nil,
    isGenerated: Bool = false, defaultValue: String? = nil, comment: String? = nil, number: Int? = nil
  ) {
    self.name = name
    self.declaredType = declaredType
    self.type = type
    self.isNullable = isNullable
    self.collation = collation
    self.isGenerated = isGenerated
    self.defaultValue = defaultValue
    self.comment = comment
    self.number = number
  }
}
