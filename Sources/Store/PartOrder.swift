import Plans

/// Key order of parts without knowing how the source compares keys: each range begins where another ends.
enum PartOrder {
  /// Ranges that follow one another from the one that is open below, then the NULL part, then all others by id.
  static func sorted(_ parts: [PartState]) -> [PartState] {
    var following: [Bound: PartState] = [:]
    var first: PartState?
    var rest: [PartState] = []
    for state in parts {
      guard case .keys(let from, _) = state.part.range else {
        rest.append(state)
        continue
      }
      if let from, following[from] == nil {
        following[from] = state
      } else if from == nil, first == nil {
        first = state
      } else {
        rest.append(state)
      }
    }
    var chain: [PartState] = []
    var next = first
    while let state = next {
      chain.append(state)
      guard case .keys(_, let to?) = state.part.range else { break }
      // Taken out as it is used, so that broken bounds cannot lead in a circle.
      next = following.removeValue(forKey: to)
    }
    rest += following.values
    rest.sort { (isNull($1), $0.part.id, $0.run) < (isNull($0), $1.part.id, $1.run) }
    return chain + rest
  }

  /// 1 for the NULL part: it comes right after the chain.
  private static func isNull(_ state: PartState) -> Int {
    state.part.range == .nullKey && state.window == nil ? 1 : 0
  }
}
