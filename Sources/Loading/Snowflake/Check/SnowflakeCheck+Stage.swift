import Catalogs
import Foundation
import Plans
import Snowflake

/// A file's way into the stage and back.
extension SnowflakeCheck {
  /// Bytes of the file.
  private static let size = 65_536

  /// Uploads a file as loads do, lists it, gets it back, compares and removes it: in the stage that loads use, or in a
  /// temporary one where the first load has yet to make that.
  ///
  /// - Parameter beside: Its schema counts.
  func stage(_ beside: ObjectName, _ role: String, _ report: (CheckFinding) -> Void) {
    let mark = UUID().uuidString.lowercased()
    let lasting = SnowflakeName.stage(of: beside)
    let subject = "stage \(lasting)"
    var passing: ObjectName?
    var isMade = false
    do {
      var stage = lasting
      let folder = "/check-\(mark)/"
      if try session.existing({ try ask("LIST '@\(SnowflakeName.written(stage))\(folder)'") }) == nil {
        stage = SnowflakeName.beside(beside, "SCMPLAN_CHECK_" + mark.replacing("-", with: "").uppercased())
        passing = stage
        _ = try ask("CREATE TEMPORARY STAGE \(SnowflakeName.written(stage))")
        isMade = true
      }
      let place = "@\(SnowflakeName.written(stage))\(folder)"
      try roundTrip(place)
      let trial = passing == nil ? "" : "; tried with a temporary one, the first load makes it"
      report(CheckFinding(.ok, subject, "a file was written, listed, read back and removed" + trial))
    } catch let error as SnowflakeError {
      report(CheckFinding(.failed, subject, error.summary, remedy: remedy(error, lasting, passing != nil, role)))
    } catch {
      report(
        CheckFinding(
          .failed, subject, "\(error)",
          remedy:
            "scmplan check again; when it stays, make the stage anew: DROP STAGE \(SnowflakeName.written(lasting));"))
    }
    if isMade, let passing { _ = try? ask("DROP STAGE IF EXISTS \(SnowflakeName.written(passing))") }
  }

  private func roundTrip(_ place: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "scmplan-check-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder + "/back", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let content = Data((0..<Self.size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let name = "check.bin"
    try content.write(to: URL(filePath: "\(folder)/\(name)"))
    var isRemoved = false
    // Whatever of it goes wrong, nothing stays behind.
    defer { if !isRemoved { _ = try? ask("REMOVE '\(place)'") } }
    try session.connection.upload([("\(folder)/\(name)", name)], to: place, tag: session.tag)
    guard try ask("LIST '\(place)'").rows.count == 1 else { throw Odd(description: "the file is not listed") }
    let back = try session.connection.download(place, into: folder + "/back")
    guard back.count == 1, FileManager.default.contents(atPath: back[0]) == content else {
      throw Odd(description: "the file does not come back as it was written")
    }
    _ = try ask("REMOVE '\(place)'")
    isRemoved = true
    guard try ask("LIST '\(place)'").rows.isEmpty else { throw Odd(description: "the file is not removed") }
  }

  private struct Odd: Error, CustomStringConvertible {
    var description: String
  }

  private func remedy(_ error: SnowflakeError, _ stage: ObjectName, _ isTemporary: Bool, _ role: String) -> String {
    guard error.kind == .statement else { return remedy.text(error) }
    guard !isTemporary else {
      return SnowflakeRight.schema(stage.database ?? "", stage.schema ?? "").grant(to: role)
    }
    // WRITE can only be granted to who has READ.
    let end = "ON STAGE \(SnowflakeName.written(stage)) TO ROLE \(SnowflakeName.written(role));"
    return "GRANT READ \(end)\nGRANT WRITE \(end)"
  }
}
