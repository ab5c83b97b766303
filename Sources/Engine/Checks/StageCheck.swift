import Foundation
import Plans

/// Tries whether staged files can be written, read back and removed, and how much room there is for them.
struct StageCheck {
  var root: String

  /// Less free room than this draws a warning, in bytes.
  static let littleRoom = 2_000_000_000

  var findings: [CheckFinding] {
    let files = FileManager.default
    let file = root + "/check-\(UUID().uuidString.lowercased())"
    // Folders that were not there before are not left behind.
    let made = missingFolders()
    defer { for folder in made.reversed() { rmdir(folder) } }
    do {
      try files.createDirectory(atPath: root, withIntermediateDirectories: true)
      defer { try? files.removeItem(atPath: file) }
      let content = Data((0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      try content.write(to: URL(filePath: file))
      guard files.contents(atPath: file) == content else {
        return [
          CheckFinding(
            .failed, "stage", "a file in \(root) is not read back as it was written",
            remedy: "check the disk, or put the state elsewhere with --state")
        ]
      }
    } catch {
      return [
        CheckFinding(
          .failed, "stage", "no file can be written in \(root): \((error as NSError).localizedDescription)",
          remedy: "make the folder writable, free some room, or put the state elsewhere with --state")
      ]
    }
    return [room]
  }

  private var room: CheckFinding {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: root)
    guard let free = attributes?[.systemFreeSize] as? Int else {
      return CheckFinding(.ok, "stage", "written and read back")
    }
    let text = "written and read back; \(free / 1_000_000_000) GB free"
    guard free < Self.littleRoom else { return CheckFinding(.ok, "stage", text) }
    return CheckFinding(
      .warning, "stage", text, remedy: "staged files wait here until they are loaded: free some room, or move the state"
    )
  }

  /// The folders from the first that is missing down to the root, outermost first.
  private func missingFolders() -> [String] {
    var missing: [String] = []
    var folder = URL(filePath: root).standardizedFileURL
    while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
      missing.insert(folder.path, at: 0)
      folder.deleteLastPathComponent()
    }
    return missing
  }
}
