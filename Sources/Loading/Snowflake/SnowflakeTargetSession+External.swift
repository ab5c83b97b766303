import Plans
import Snowflake

/// Files that the source wrote by itself, read through a stage of the user's.
extension SnowflakeTargetSession {
  /// The folder of the files below the stage's own URL, a slash at its end.
  ///
  /// - Throws: ``LoadingError`` when the stage leads elsewhere.
  func folder(of external: ExternalFiles, _ place: String) throws -> String {
    let urls = try urls(of: external.stage)
    guard let url = urls.first(where: { external.url.hasPrefix($0) }) else {
      throw LoadingError(
        .statementFailed, at: place,
        "the files are at \(external.url), and the stage \(external.stage) leads to \(urls.first ?? "no URL"); let "
          + "unload_s3_bucket and the stage's URL name the same bucket and folder")
    }
    return String(external.url.dropFirst(url.count))
  }

  package func obstacle(toStage stage: String, below place: String) throws -> String? {
    // As a load writes it.
    let stage = ExternalFiles(stage: stage, url: place).stage
    return try speaking(at: account) {
      do {
        let urls = try urls(of: stage)
        guard !urls.contains(where: { place.hasPrefix($0) }) else { return nil }
        return "UNLOAD will write below \(place), and the stage \(stage) leads to \(urls.first ?? "no URL"); let "
          + "unload_s3_bucket and the stage's URL name the same bucket and folder"
      } catch let error as SnowflakeError where error.kind == .statement && error.outcome == .failed {
        return "the stage \(stage) cannot be used: \(Self.words(error)); externalStage names one over unload_s3_bucket"
      }
    }
  }

  /// Where a stage leads to, each with a slash at its end.
  private func urls(of stage: String) throws -> [String] {
    let properties = try ask("DESCRIBE STAGE \(stage)").named
    let written = properties.first { $0["property"]?.uppercased() == "URL" }?["property_value"] ?? ""
    return written.split { "[]\", ".contains($0) }.map { $0.hasSuffix("/") ? String($0) : $0 + "/" }
  }

  /// - Throws: ``LoadingError`` `fileMissing` or `fileDamaged` when the stage does not show the files as they were written, so
  ///   that the part is extracted again.
  func checkExternal(_ load: SnowflakeLoad) throws {
    let files = load.request.staged.files
    guard !files.isEmpty else { return }
    var sizes: [String: Int] = [:]
    for row in try ask("LIST \(load.folder)").named {
      guard let name = row["name"]?.split(separator: "/").last else { continue }
      sizes[String(name)] = row["size"].flatMap { Int($0) }
    }
    for file in files {
      guard let size = sizes[SnowflakeLoad.name(of: file)] else {
        throw LoadingError(
          .fileMissing, at: load.place, "the stage does not show \(file.path); extract the part again")
      }
      guard size == file.bytes else {
        throw LoadingError(
          .fileDamaged, at: load.place,
          "\(file.path) has \(size) bytes, \(file.bytes) were written; extract the part again")
      }
    }
  }
}
