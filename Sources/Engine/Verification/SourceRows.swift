import Catalogs
import Extraction
import Foundation
import Loading
import Plans

/// The rows of a source table as a load would bring them: extracted part by part into files that are read and removed.
struct SourceRows {
  let opener: any SessionOpener
  let endpoint: Endpoint
  let table: ObjectName
  let columns: [ColumnPlan]
  let filter: String?
  let key: PartitionKey?
  let parts: [Part]
  let fingerprint: String
  /// Whether the parts are read in one snapshot, where the source lets connections share one.
  let wantsSnapshot: Bool
  /// The root of a stage of its own.
  let stage: String
  let memory: Int

  /// Hands over the mark of every row with the position of its part; `row` has its values until the next.
  func read(
    _ window: Window?, _ row: ComparedRow, _ body: (RowMark, Int) throws -> Void
  ) throws {
    let session = try opener.source(endpoint)
    // Lives as long as the pass: letting go of it ends the snapshot.
    var holder: (any SourceSession)?
    var snapshot: String?
    if wantsSnapshot, parts.count > 1, let described = try session.tables([table])[table],
      session.sharesSnapshots(of: described)
    {
      holder = try opener.source(endpoint)
      snapshot = try holder?.exportSnapshot()
    }
    let scan = StagedScan(columns, stage: stage)
    for (index, part) in parts.enumerated() {
      let prefix = UUID().uuidString
      defer { try? FileManager.default.removeItem(atPath: stage + "/" + prefix) }
      var request = ExtractRequest(
        table: table, columns: columns, filter: filter, key: key, range: part.range, window: window,
        fingerprint: fingerprint, stage: stage, prefix: prefix, memory: memory)
      request.snapshot = snapshot
      let staged = try session.extract(request) { _ in }
      try scan.read(staged.files, place: "\(table)", row) { try body($0, index) }
    }
    withExtendedLifetime(holder) {}
  }
}
