import CODBC

/// One handle of unixODBC, freed when dropped.
///
/// Who owns a handle keeps its parent alive: an environment outlives its connections, a connection its statements.
struct ODBCHandle: ~Copyable {
  enum Kind: SQLSMALLINT {
    case environment = 1
    case connection = 2
    case statement = 3
  }

  let kind: Kind
  let raw: SQLHANDLE

  /// - Throws: ``ODBCError`` when the driver manager or the driver has no room for another.
  init(_ kind: Kind, under parent: SQLHANDLE?, ofKind parentKind: Kind = .environment) throws(ODBCError) {
    var handle: SQLHANDLE?
    let status = SQLAllocHandle(kind.rawValue, parent, &handle)
    guard ODBCReturn(status).isSuccess, let handle else {
      let diagnostics = parent.map { ODBCDiagnostic.all(of: $0, parentKind) } ?? []
      throw ODBCError("SQLAllocHandle", diagnostics)
    }
    self.kind = kind
    raw = handle
  }

  deinit { SQLFreeHandle(kind.rawValue, raw) }

  /// Throws what the handle has to say unless `status` is a success.
  ///
  /// - Returns: the status, for calls whose success has kinds.
  @discardableResult
  func check(_ status: SQLRETURN, _ call: String) throws(ODBCError) -> ODBCReturn {
    let status = ODBCReturn(status)
    guard status.isSuccess || status == .noData else { throw ODBCError(call, ODBCDiagnostic.all(of: raw, kind)) }
    return status
  }
}

/// What a call of ODBC returned (sql.h).
enum ODBCReturn: Equatable {
  case success
  case successWithInfo
  case noData
  case other(SQLRETURN)

  init(_ status: SQLRETURN) {
    switch Int32(status) {
    case SQL_SUCCESS: self = .success
    case SQL_SUCCESS_WITH_INFO: self = .successWithInfo
    case SQL_NO_DATA: self = .noData
    default: self = .other(status)
    }
  }

  var isSuccess: Bool { self == .success || self == .successWithInfo }
}
