/// How long to wait between two looks for work: little while there is some, more and more while there is none.
///
/// Knows no clock; times are milliseconds.
package struct FetchPace: Hashable, Sendable {
  private let busy: Int
  private let idle: Int
  private var current: Int

  package init(busy: Int, idle: Int) {
    self.busy = max(1, busy)
    self.idle = max(busy, idle)
    current = self.busy
  }

  /// Work was found: look again soon when it is done.
  package mutating func found() {
    current = busy
  }

  /// Nothing was found.
  ///
  /// - Parameter isRunOpen: other services may make work for us any moment.
  /// - Returns: how long to wait before the next look.
  package mutating func foundNothing(isRunOpen: Bool) -> Int {
    if isRunOpen {
      current = busy
      return busy
    }
    defer { current = min(idle, current * 2) }
    return current
  }
}
