import Catalogs

/// A collation that SQLite has built in; others live in the program that made the file.
enum SQLiteCollation: UInt8 {
  /// Byte by byte.
  case binary
  /// The 26 letters of ASCII without their case.
  case nocase
  /// Byte by byte, without the spaces at the end.
  case rtrim

  /// The collation called `name`; nil for one that SQLite does not bring along.
  init?(named name: String?) {
    switch name?.uppercased() {
    case nil, "BINARY": self = .binary
    case "NOCASE": self = .nocase
    case "RTRIM": self = .rtrim
    default: return nil
    }
  }
}
