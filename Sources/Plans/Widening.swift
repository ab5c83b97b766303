import Catalogs

/// Changes of a column's type that give its values more room.
enum Widening {
  /// Text as long as it is, and what else takes all of it: a text of fewer characters (`nvarchar` to `varchar`) may not.
  private static let varying: Set<String> = ["varchar", "character varying"]
  private static let wider: Set<String> = ["varchar", "character varying", "nvarchar", "text"]
  /// Types that fill a value up to their length: a longer one changes every value.
  private static let padded: Set<String> = ["char", "character", "nchar", "bpchar", "binary", "bit"]

  /// Whether `new` is of the kind of `old` and takes values that `old` does not, and all that it does.
  static func isRoomier(_ new: Column, than old: Column) -> Bool {
    switch (old.type, new.type) {
    case (.integer, .integer): isLongerInteger(new, old)
    case (.decimal, .decimal), (.text, .text), (.binary, .binary), (.time, .time), (.timestamp, .timestamp),
      (.instant, .instant):
      new.type.holds(old.type) && !old.type.holds(new.type)
    default: false
    }
  }

  /// Whether the values that are in `old` are the same values, to the last digit and blank, once the column is `new`.
  ///
  /// So narrow that it holds for every source and target: the same text, binary or decimal type with more room, text without
  /// a limit, or a longer integer; with the same collation, and not computed. What is not known to keep values counts as
  /// changing them, as do more places behind a point, which some targets write out.
  static func keepsValues(from old: Column, to new: Column) -> Bool {
    guard old.collation == new.collation, !old.isGenerated, !new.isGenerated, new.type.holds(old.type),
      let before = TypeName(old.declaredType)?.name, let after = TypeName(new.declaredType)?.name,
      !padded.contains(before), !padded.contains(after)
    else { return false }
    switch (old.type, new.type) {
    case (.integer, .integer): return bytes(before) > 0 && bytes(after) >= bytes(before)
    case (.decimal(_, let scale), .decimal(_, let newScale)): return before == after && scale == newScale
    case (.binary, .binary): return before == after
    case (.text, .text): return before == after || (varying.contains(before) && wider.contains(after))
    default: return false
    }
  }

  private static func isLongerInteger(_ new: Column, _ old: Column) -> Bool {
    guard let before = TypeName(old.declaredType)?.name, let after = TypeName(new.declaredType)?.name else {
      return false
    }
    return bytes(after) > bytes(before) && bytes(before) > 0
  }

  private static func bytes(_ name: String) -> Int {
    switch name {
    case "tinyint": 1
    case "smallint", "int2": 2
    case "mediumint": 3
    case "int", "int4", "integer": 4
    case "bigint", "int8": 8
    default: 0
    }
  }
}
