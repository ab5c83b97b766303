import Faults
import Parquet
import Plans

extension ExtractRequest {
  /// Stages a part: `read` fills the writer's batches, and `part` makes of its counts and of the files what is handed on.
  ///
  /// - Returns: nil where `read` returns nil: nothing is left of what it wrote then, and it may be read another way.
  func staging<Counts>(
    _ pacer: ProgressPacer, read: (_ writer: StageWriter, _ batchBytes: Int) throws -> Counts?,
    part: (_ files: [StagedFile], _ counts: Counts) throws -> StagedPart
  ) throws -> StagedPart? {
    let budget = StageBudget(memory: memory)
    let writer = StageWriter(
      schema: Schema(columns.map { ColumnSchema(name: $0.target, type: $0.type.staged, isNullable: $0.isNullable) }),
      directory: StageDirectory(root: stage, prefix: prefix), budget: budget, fileBytes: fileBytes)
    pacer.bytes = { writer.bytes }
    defer { pacer.bytes = nil }
    do {
      guard let counts = try read(writer, budget.batchBytes) else {
        writer.abandon()
        return nil
      }
      let part = try part(writer.finish(pacer.tick), counts)
      try FaultPoint.reach(.extractAfterCount)
      try pacer.tell()
      return part
    } catch {
      writer.abandon()
      throw error
    }
  }
}
