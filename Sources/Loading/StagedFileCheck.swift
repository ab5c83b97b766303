import Crypto
import Glibc
package import Plans

/// Vouches that the files of a staged part are the ones that extraction closed.
package enum StagedFileCheck {
  /// Where a file lies.
  package static func path(of file: StagedFile, stage: String) -> String { stage + "/" + file.path }

  /// - Throws: ``LoadingError``, `countMismatch` when the files do not add up to the source's count, `fileMissing` or
  ///   `fileDamaged` for the first file that is not as it was when it was closed.
  package static func verify(_ staged: StagedPart, stage: String, place: String) throws {
    guard staged.rows == staged.sourceRows else {
      throw LoadingError(
        .countMismatch, at: place,
        "the source counted \(staged.sourceRows) rows and \(staged.rows) were staged; "
          + "extract the part again")
    }
    // What the source wrote by itself is not here; the target looks at it where it is.
    guard staged.external == nil else { return }
    for file in staged.files { try verify(file, stage: stage, place: place) }
  }

  private static func verify(_ file: StagedFile, stage: String, place: String) throws {
    let path = path(of: file, stage: stage)
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      throw LoadingError(
        .fileMissing, at: place, "the staged file \(file.path) cannot be read (\(reason)); extract the part again")
    }
    guard Int(status.st_size) == file.bytes else {
      throw LoadingError(
        .fileDamaged, at: place,
        "the staged file \(file.path) has \(status.st_size) bytes, \(file.bytes) were "
          + "written; extract the part again")
    }
    let digest: String
    do {
      digest = try SHA256.digest(ofFile: path).hex
    } catch {
      throw LoadingError(.fileMissing, at: place, "\(error); extract the part again", isTransient: true)
    }
    guard digest == file.sha256 else {
      throw LoadingError(
        .fileDamaged, at: place,
        "the staged file \(file.path) is not what was written, by its SHA-256; "
          + "extract the part again")
    }
  }

  /// SHA-256 over the SHA-256s of a part's files in order, each with its rows on a line: what the ledger remembers.
  package static func digest(of staged: StagedPart) throws -> String {
    let hasher = try SHA256()
    for file in staged.files {
      var line = "\(file.sha256) \(file.rows)\n"
      line.withUTF8 { hasher.update(UnsafeRawBufferPointer($0)) }
    }
    return hasher.finalize().hex
  }
}
