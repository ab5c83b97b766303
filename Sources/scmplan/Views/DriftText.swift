import Plans

/// A difference in shape as one line.
enum DriftText {
  static func text(_ drift: Drift) -> String {
    let name = drift.column.map { "column \($0)" } ?? "key"
    if drift.kind == .columnRenamed, let before = drift.before {
      return "column \(before) renamed to \(drift.after ?? "")"
    }
    switch (drift.before, drift.after) {
    case (let before?, let after?): return "\(name) \(before) -> \(after)"
    case (nil, let after?): return "\(name) \(after): \(drift.kind.rawValue)"
    case (let before?, nil): return "\(name) \(before): \(drift.kind.rawValue)"
    case (nil, nil): return "\(name): \(drift.kind.rawValue)"
    }
  }
}
