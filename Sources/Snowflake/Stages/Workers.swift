import Foundation

/// Threads for work that blocks.
enum Workers {
  /// Runs `work` on so many threads of their own and waits until all have come to its end.
  static func run(_ count: Int, _ work: @escaping @Sendable () -> Void) {
    let group = DispatchGroup()
    for index in 0..<count {
      group.enter()
      let thread = Thread {
        work()
        group.leave()
      }
      thread.name = "stage \(index + 1)"
      thread.stackSize = 1 << 20
      thread.start()
    }
    group.wait()
  }
}
