import Catalogs
import Extraction
import Foundation
import Loading
import Plans

/// Finds the rows of a target that left its source, by the keys of both: part by part, and only where they differ key by key.
struct RemovalFinder {
  let source: any SourceSession
  let target: any TargetSession
  let table: Table
  let name: ObjectName
  let filter: String?
  let fingerprint: String
  /// A directory for keys on their way.
  let stage: String

  func find(_ search: RemovalSearch) throws -> RemovalFindings {
    let columns = search.columns
    let before = try source.measure(
      MeasureRequest(
        table: table, filter: filter, key: search.partitionKey, parts: search.parts, window: search.window,
        digestColumns: columns.map(\.source)))
    var held = [RowDigest](repeating: RowDigest(), count: search.parts.count)
    let row = try ComparedRow(columns: columns.count, key: [])
    let scan = PartedScan(key: search.key, parts: search.parts)
    try target.scan(name, columns: columns, in: scan, row) { mark, part in
      held[part].add(high: mark.high, low: mark.low)
    }
    let differing = held.indices.filter { held[$0].rows > 0 && before.parts[$0].digest != held[$0] }
    var findings = RemovalFindings(parts: [], targetRows: held.reduce(0) { $0 + $1.rows })
    guard !differing.isEmpty else { return findings }
    let rows = differing.reduce(0) { $0 + max(before.parts[$1].rows, held[$1].rows) }
    let (missing, sourceRows) = try compare(search, Set(differing), row, about: rows)
    findings.parts = differing.map { index in
      let gone = missing[index] ?? 0
      return FoundRemoval(
        part: search.parts[index], missing: gone, targetRows: held[index].rows, isEmptied: sourceRows[index] == 0,
        late: max(0, before.parts[index].rows - (held[index].rows - gone)))
    }
    return findings
  }

  /// Reads the keys of some parts on both sides: those of the source whatever their watermark, since a row that was changed
  /// is still there.
  private func compare(
    _ search: RemovalSearch, _ wanted: Set<Int>, _ row: ComparedRow, about rows: Int
  ) throws -> (missing: [Int: Int], sourceRows: [Int: Int]) {
    let folder = UUID().uuidString
    let spool = try MarkSpool(folder: stage + "/" + folder, rows: rows)
    defer { spool.remove() }
    var sourceRows: [Int: Int] = [:]
    let files = StagedScan(search.columns, stage: stage)
    for index in wanted.sorted() {
      let staged = try source.extract(
        ExtractRequest(
          table: table.name, columns: search.columns, filter: filter, key: search.partitionKey,
          range: search.parts[index].range, window: nil, fingerprint: fingerprint, stage: stage,
          prefix: folder + "/\(index)")
      ) { _ in }
      sourceRows[index] = staged.rows
      try files.read(staged.files, place: "\(name)", row) { try spool.add(source: $0) }
      try? FileManager.default.removeItem(atPath: stage + "/\(folder)/\(index)")
    }
    let scan = PartedScan(key: search.key, parts: search.parts, wanted: wanted)
    try target.scan(name, columns: search.columns, in: scan, row) { try spool.add(target: $0, part: $1) }
    return (try spool.missing(), sourceRows)
  }
}
