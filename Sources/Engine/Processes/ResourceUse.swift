import Foundation

/// What this process has used so far, as the kernel counts it (getrusage(2)).
package struct ResourceUse: Hashable, Sendable {
  /// The most memory that was resident at one time, in bytes.
  package var peakMemory: Int
  /// Seconds of processor time, in user mode and in the kernel, over all threads.
  package var cpuSeconds: Double

  /// Reads the counters.
  package static var current: ResourceUse {
    var usage = rusage()
    // Fails only for an unknown `who` or a bad address.
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
    // Linux counts the resident set in KiB.
    return ResourceUse(
      peakMemory: usage.ru_maxrss * 1024, cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
  }
}
