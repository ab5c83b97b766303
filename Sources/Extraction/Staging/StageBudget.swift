/// How one extraction divides the memory it may use.
///
/// Three batches go round (one being filled, one waiting, one being encoded), each in buffers that may be twice as
/// long as what is in them, beside one open row group and the pages being compressed.
struct StageBudget: Equatable {
  static let batches = 3

  /// Bytes of rows after which a batch is handed over.
  let batchBytes: Int
  /// Bytes of rows after which a row group is written out.
  let rowGroupBytes: Int

  init(memory: Int) {
    batchBytes = min(max(memory / 32, 64 << 10), 4 << 20)
    rowGroupBytes = min(max(memory / 4, 256 << 10), 64 << 20)
  }
}
