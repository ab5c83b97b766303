import Plans
import Synchronization

/// Checksums of parts whose plan was made without them: one pass over a table serves all its parts.
///
/// Blocks while the pass runs, so that lanes that want parts of one table do not all make it.
final class DigestCache: Sendable {
  /// A table of a run.
  struct Key: Hashable {
    var run: Int
    var table: Int
  }

  private final class Entry: Sendable {
    let digests = Mutex<[Int: RowDigest]?>(nil)
  }

  private let entries = Mutex<[Key: Entry]>([:])

  /// The digest of a part; `measure` makes the pass when nobody has yet, and is made again after it failed.
  func digest(of part: Int, _ key: Key, measure: () throws -> Measurement) throws -> RowDigest? {
    let entry = entries.withLock { entries in
      if let known = entries[key] { return known }
      // Runs that are over need none; those at work are few.
      if entries.count >= 1000 { entries.removeAll() }
      let new = Entry()
      entries[key] = new
      return new
    }
    return try entry.digests.withLock { digests in
      if let digests { return digests[part] }
      let parts = try measure().parts
      let found = Dictionary(parts.map { ($0.part, $0.digest) }) { first, _ in first }.compactMapValues { $0 }
      digests = found
      return found[part]
    }
  }
}
