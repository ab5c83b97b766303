import Plans

/// Findings of `check` as lines: outcome, subject, what was found, what to do.
struct CheckView {
  var style: Style

  func lines(_ finding: CheckFinding) -> [String] {
    let mark =
      switch finding.outcome {
      case .ok: style.green("ok     ")
      case .warning: style.yellow("warning")
      case .failed: style.red("failed ")
      }
    let text = Columns.wrapped("\(finding.subject): \(finding.detail)", 68)
    let remedy = (finding.remedy ?? "").split(separator: "\n").flatMap { Columns.wrapped(String($0), 66) }
    return text.enumerated().map { ($0 == 0 ? "  \(mark)  " : "           ") + $1 }
      + remedy.map { "             " + $0 }
  }

  func summary(_ counts: [CheckFinding.Outcome: Int]) -> [String] {
    let failed = counts[.failed] ?? 0
    let warnings = counts[.warning].map { ", \(Numbers.plural($0, "warning"))" } ?? ""
    return [
      "",
      failed == 0
        ? "Everything that a run needs is there\(warnings)."
        : "\(Numbers.plural(failed, "check")) failed\(warnings).",
    ]
  }
}
