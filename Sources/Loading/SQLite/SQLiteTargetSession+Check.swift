import Foundation
package import Plans

extension SQLiteTargetSession {
  /// Whether rows can be written: the write lock is taken and given back, or the folder of a new file looked at.
  package func check(_ request: TargetCheck, _ report: (CheckFinding) -> Void) { report(finding) }

  private var finding: CheckFinding {
    let subject = "target file \(path)"
    guard FileManager.default.fileExists(atPath: path) else {
      let folder = URL(filePath: path).deletingLastPathComponent().path
      guard access(folder, W_OK | X_OK) == 0 else {
        return CheckFinding(
          .failed, subject, "it is not there yet, and nothing can be written in \(folder)",
          remedy: "make the folder, or make it writable: ls -ld \(folder)")
      }
      return CheckFinding(.ok, subject, "not there yet; the first run makes it")
    }
    do {
      try writing(at: path) { _ in }
      return CheckFinding(.ok, subject, "can be written")
    } catch {
      return CheckFinding(
        .failed, subject, "\((error as? LoadingError)?.message ?? "\(error)")",
        remedy: "check its permissions, and that no other program holds it: ls -l \(path)")
    }
  }
}
