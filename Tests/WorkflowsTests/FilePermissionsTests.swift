import Testing
import Workflows

@Suite struct FilePermissionsTests {
  @Test(
    arguments: [
      (0o100600, nil), (0o100640, nil), (0o100660, nil), (0o100644, .warning), (0o100604, .warning), (0o100606, .error),
      (0o100602, .error), (0o100777, .error),
    ] as [(UInt32, Diagnostic.Severity?)])
  func judgesTheBitsOfAllOthers(_ mode: UInt32, _ severity: Diagnostic.Severity?) {
    #expect(FilePermissions.diagnostic(mode: mode)?.severity == severity)
  }
}
