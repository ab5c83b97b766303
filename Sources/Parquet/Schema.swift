/// A column by name, type and whether it may hold nulls.
package struct ColumnSchema: Hashable, Sendable {
  package var name: String
  package var type: ColumnType
  package var isNullable: Bool

  package init(name: String, type: ColumnType, isNullable: Bool = true) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
  }
}

/// The columns of a file or batch, in order.
package struct Schema: Hashable, Sendable {
  package var columns: [ColumnSchema]

  package init(_ columns: [ColumnSchema]) {
    self.columns = columns
  }

  /// The position of the column of exactly this name; nil when there is none.
  package func index(of name: String) -> Int? {
    columns.firstIndex { $0.name == name }
  }
}
