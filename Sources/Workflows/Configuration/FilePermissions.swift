/// What the permissions of a configuration file allow others to do.
package enum FilePermissions {
  private static let writableByAll: UInt32 = 0o002
  private static let readableByAll: UInt32 = 0o004

  /// What is wrong with the permission bits of `mode` (of `stat`), if anything: a file that everybody may write is
  /// refused, one that everybody may read draws a warning.
  package static func diagnostic(mode: UInt32) -> Diagnostic? {
    if mode & writableByAll != 0 {
      return Diagnostic(
        .error, at: nil, path: "", message: "everybody may write this file; forbid it with chmod o-rw")
    }
    if mode & readableByAll != 0 {
      return Diagnostic(.warning, at: nil, path: "", message: "everybody may read this file; forbid it with chmod o-r")
    }
    return nil
  }
}
