/// How one extraction divides the memory it may use.
///
/// Three batches go round (one being filled, one waiting, one being encoded), each in buffers that may be twice as
/// long as what is in them, beside the page being compressed.
struct StageBudget: Equatable {
  static let batches = 3

  /// Bytes of rows after which a batch is handed over, to become a row group.
  let batchBytes: Int

  init(memory: Int) {
    batchBytes = min(max(memory / 16, 64 << 10), 16 << 20)
  }
}
