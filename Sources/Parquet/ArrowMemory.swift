import ArrowBridge

/// What Arrow itself holds in memory, in the whole process: pages being encoded, batches being read.
package enum ArrowMemory {
  /// Bytes held now.
  package static var bytesAllocated: Int { Int(ab_memory_allocated()) }

  /// The most bytes ever held.
  package static var peak: Int { Int(ab_memory_peak()) }

  /// The allocator behind it: `mimalloc`, `jemalloc` or `system`.
  package static var backend: String { String(cString: ab_memory_backend()) }

  /// Gives back to the system what the allocator keeps for later.
  package static func releaseUnused() { ab_memory_release_unused() }

  /// The version of the Arrow library in use.
  package static var libraryVersion: String { String(cString: ab_version()) }
}
