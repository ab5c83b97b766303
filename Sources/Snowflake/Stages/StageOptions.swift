package import HTTP

/// How files go to a stage and come from it.
package struct StageOptions: Sendable {
  /// Proxy, trust and time limits of the object store's connections.
  package var http: HTTPSettings
  package var surroundings: Surroundings
  /// How long failures of the object store that pass are borne, for each request.
  package var retries: RetryPolicy
  /// Parts of one file that are on their way at once; each is held in memory.
  package var parallel: Int
  /// Files of at least so many stored bytes are uploaded in parts…
  package var threshold: Int
  /// …of at least so many bytes; a multiple of 16, and no less than 5 MiB for S3 itself.
  package var partSize: Int

  package init(
    http: HTTPSettings = HTTPSettings(), surroundings: Surroundings = .real, retries: RetryPolicy = RetryPolicy(),
    parallel: Int = 4, threshold: Int = 64 << 20, partSize: Int = 8 << 20
  ) {
    self.http = http
    self.surroundings = surroundings
    self.retries = retries
    self.parallel = parallel
    self.threshold = threshold
    self.partSize = partSize
  }

  /// The size of a part for which there are no more than 10,000, the most that S3 takes.
  func partSize(for stored: Int) -> Int {
    let least = (stored + 9_999) / 10_000
    return max(partSize, (least + 15) / 16 * 16)
  }
}
