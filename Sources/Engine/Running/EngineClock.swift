package import Store

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where an engine reads the time, so that tests own it.
package struct EngineClock: Sendable {
  /// Milliseconds since 1970-01-01 UTC.
  package var now: @Sendable () -> Milliseconds

  package init(now: @escaping @Sendable () -> Milliseconds) {
    self.now = now
  }

  /// The machine's clock.
  package static let system = EngineClock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
