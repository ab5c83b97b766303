/// Finds the word that somebody meant.
package enum Suggestion {
  /// Longer words are no misspelling of ours.
  private static let longestWord = 60

  /// The word of `words` nearest to `written`, if one is near; the earlier of two that are equally near.
  ///
  /// Case, underscores and hyphens do not count. Near is one slip, and one more for every three letters, up to three.
  package static func nearest(to written: String, in words: [String]) -> String? {
    guard written.utf8.count <= longestWord else { return nil }
    let wanted = plain(written)
    let limit = min(3, max(1, wanted.count / 3))
    var best: (word: String, distance: Int)?
    for word in words {
      let candidate = plain(word)
      guard abs(candidate.count - wanted.count) <= limit else { continue }
      let distance = distance(wanted, candidate)
      if distance <= limit, distance < best?.distance ?? Int.max { best = (word, distance) }
    }
    return best?.word
  }

  /// `; did you mean X?`, or nothing.
  package static func question(for written: String, in words: [String]) -> String {
    nearest(to: written, in: words).map { "; did you mean \($0)?" } ?? ""
  }

  private static func plain(_ word: String) -> [Character] {
    word.lowercased().filter { $0 != "_" && $0 != "-" }
  }

  /// Damerau-Levenshtein distance in its restricted form (optimal string alignment): insertions, deletions,
  /// substitutions and swaps of neighbours, no part edited twice.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      for j in b.indices {
        let change = previous[j] + (a[i] == b[j] ? 0 : 1)
        var least = min(change, previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforePrevious[j - 1] + 1) }
        current.append(least)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[b.count]
  }
}
