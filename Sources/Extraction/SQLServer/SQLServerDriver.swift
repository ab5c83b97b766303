import ODBC

/// The ODBC driver that a connection goes through.
struct SQLServerDriver: Equatable {
  enum Kind: Equatable {
    case freeTDS, microsoft
    /// One that is not known here: it is given Microsoft's keys.
    case other
  }

  /// A name of `odbcinst.ini` or a path.
  let name: String
  let kind: Kind

  init(_ name: String) {
    self.name = name
    let lower = name.lowercased()
    if lower.contains("freetds") || lower.contains("tdsodbc") {
      kind = .freeTDS
    } else {
      kind = lower.contains("sql server") || lower.contains("msodbcsql") ? .microsoft : .other
    }
  }

  /// The driver asked for, else the newest of Microsoft's that is registered, else FreeTDS.
  ///
  /// - Throws: ``ExtractionError`` `cannotOpen` when none is registered.
  static func chosen(asked: String?, among names: [String], at place: String) throws -> SQLServerDriver {
    if let asked { return SQLServerDriver(asked) }
    let drivers = names.map(SQLServerDriver.init)
    let microsoft = drivers.filter { $0.kind == .microsoft && $0.name.hasPrefix("ODBC Driver") }
    if let newest = microsoft.max(by: { $0.version < $1.version }) { return newest }
    if let free = drivers.first(where: { $0.kind == .freeTDS }) { return free }
    throw missing("for SQL Server", among: names, at: place)
  }

  /// The number in `ODBC Driver 18 for SQL Server`.
  private var version: Int { name.split(separator: " ").compactMap { Int($0) }.first ?? 0 }

  static func missing(_ what: String, among names: [String], at place: String) -> ExtractionError {
    let others = names.isEmpty ? "none is registered" : "there are: " + names.joined(separator: ", ")
    return ExtractionError(
      .cannotOpen, at: place,
      "the ODBC driver \(what) is not installed (\(others)); FreeTDS is in the package tdsodbc of Debian and Ubuntu and in "
        + "freetds of others, Microsoft's is msodbcsql18; docs/sqlserver.md says how")
  }

  /// Why this version of the driver is not used; nil when it is.
  ///
  /// - Parameters:
  ///   - file: `libtdsodbc.so` or the like, as the driver calls itself.
  ///   - version: `01.03.0017`, as the driver writes it.
  static func obstacle(file: String, version: String) -> String? {
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    guard let major = numbers.first else { return nil }
    let minor = numbers.count > 1 ? numbers[1] : 0
    if file.lowercased().contains("tdsodbc"), (major, minor) < (1, 2) {
      return "FreeTDS \(major).\(minor) is too old; 1.2 or later is needed"
    }
    if file.lowercased().contains("msodbcsql"), major < 17 {
      return "Microsoft's ODBC driver \(major) is too old; 17 or later is needed"
    }
    return nil
  }
}

extension SQLServerSettings {
  /// Why this version of a driver is not used; nil when it is.
  package static func obstacle(driverFile: String, version: String) -> String? {
    SQLServerDriver.obstacle(file: driverFile, version: version)
  }

  /// The driver that a connection takes when `asked` is not said, of those that are registered.
  ///
  /// - Throws: ``ExtractionError`` `cannotOpen` when none serves.
  package func driver(among names: [String]) throws -> String {
    try SQLServerDriver.chosen(asked: driver, among: names, at: place).name
  }
}
