import Glibc

/// The directory of one attempt, below the root of a stage.
struct StageDirectory {
  let root: String
  /// Below the root, `/` between components.
  let prefix: String

  /// Where `file`, one component, lies in the file system.
  func path(_ file: String) -> String { "\(root)/\(prefix)/\(file)" }

  /// Where `file` lies below the root.
  func relative(_ file: String) -> String { "\(prefix)/\(file)" }

  /// Makes the directory and those above it, the root included.
  ///
  /// - Throws: ``ExtractionError`` `stageFailed` with the directory that could not be made and why.
  func create() throws {
    for directory in directories.reversed() where mkdir(directory, 0o777) != 0 && errno != EEXIST {
      throw Self.failure(errno, "make", directory)
    }
  }

  /// Brings the entries of new files and directories to the disk, up to the root.
  func synchronize() throws {
    for directory in directories {
      let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw Self.failure(errno, "open", directory) }
      defer { close(descriptor) }
      guard fsync(descriptor) == 0 || errno == EINVAL else { throw Self.failure(errno, "synchronise", directory) }
    }
  }

  /// Removes the named files of this attempt and, when nothing else is in it, the directory; what cannot be removed
  /// stays for whoever cleans the stage.
  func remove(_ files: [String]) {
    for file in files { unlink(path(file)) }
    rmdir("\(root)/\(prefix)")
  }

  static func failure(_ number: Int32, _ verb: String, _ path: String) -> ExtractionError {
    ExtractionError(
      .stageFailed, at: path, "cannot \(verb) it: \(String(cString: strerror(number))); \(advice(number))",
      isTransient: isTransient(number))
  }

  static func advice(_ number: Int32) -> String {
    switch number {
    case ENOSPC, EDQUOT, EFBIG: "free space there, or stage somewhere else"
    case EROFS, EACCES, EPERM: "choose a stage that may be written"
    case EIO: "the disk is failing; stage somewhere else"
    default: "check the stage"
    }
  }

  /// Another attempt may find room again, but no other permissions.
  static func isTransient(_ number: Int32) -> Bool {
    switch number {
    case ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, ESTALE: true
    default: false
    }
  }

  /// From the innermost to the root; above the root nothing is made.
  private var directories: [String] {
    var components = prefix.split(separator: "/").map(String.init)
    var paths: [String] = []
    while !components.isEmpty {
      paths.append(root + "/" + components.joined(separator: "/"))
      components.removeLast()
    }
    return paths + [root]
  }
}
