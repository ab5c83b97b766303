package import Plans

extension SnowflakeTargetSession {
  /// Looks the account over: see ``SnowflakeCheck``.
  package func check(_ request: TargetCheck, _ report: (CheckFinding) -> Void) {
    tag = "scmplan check"
    SnowflakeCheck(session: self, request: request).run(report)
  }
}
