import Catalogs
import Extraction
import Loading
import Plans
import Workflows

/// Asks a source what the planner must know of one table: counts, digests, boundaries, watermarks.
struct TableObserver {
  var source: any SourceSession
  var target: any TargetSession
  /// A directory for keys on their way.
  var stage: String
  /// Skip what costs the source a scan.
  var skipsScans: Bool

  /// Boundaries may be cut this often before the parts are taken as they are: a table that grows meanwhile, or one key
  /// value that fills a part, must not keep the planner busy.
  private static let revisions = 3

  func observe(_ facts: TableFacts, _ assessment: Assessment, _ planner: Planner) throws -> Observation {
    guard let table = facts.source else { throw PlanError(.tableMissing, at: "\(facts.sourceName)", "no such table") }
    if let filter = facts.configuration.whereClauseCriteria { try source.check(filter: filter, of: table) }
    let isWatermark = facts.configuration.synchronization.strategy == .watermark
    let watermark = isWatermark ? try self.watermark(facts, assessment, table, planner) : nil
    var observation: Observation
    if isWatermark, assessment.basis == .incremental {
      observation = try windows(facts, table, watermark)
    } else {
      observation = try parts(facts, assessment, table, watermark)
    }
    observation.watermark = watermark
    observation.source = planner.settled(observation, facts)
    observation.removals = try removals(facts, assessment, observation.source, planner)
    let columns = planner.columns(facts, source: observation.source)
    let filter = facts.configuration.whereClauseCriteria
    observation.extraction =
      facts.configuration.extraction.strategy == .unload
      ? try source.unloadQuery(table: table.name, columns: columns, filter: filter)
      : source.extractionQuery(table: table.name, columns: columns, filter: filter)
    if facts.configuration.snapshot != .none {
      let parts = observation.layout.parts.count
      observation.snapshot =
        facts.sharesSnapshots && parts > 1
        ? .sharedSnapshot(facts.configuration.snapshot, isRefresh: assessment.basis == .incremental)
        : source.snapshotGuarantee(for: table, parts: parts)
    }
    return observation
  }

  private func removals(
    _ facts: TableFacts, _ assessment: Assessment, _ table: Table, _ planner: Planner
  ) throws -> RemovalFindings? {
    guard let search = planner.removalSearch(facts, assessment, table) else { return nil }
    guard !skipsScans, target.hasContent else { return search.unseen }
    return try RemovalFinder(
      source: source, target: target, table: table, name: facts.targetName,
      filter: facts.configuration.whereClauseCriteria,
      fingerprint: planner.fingerprint((facts.source ?? table).shape), stage: stage
    ).find(search)
  }

  private func watermark(
    _ facts: TableFacts, _ assessment: Assessment, _ table: Table, _ planner: Planner
  ) throws -> WatermarkFacts? {
    guard let column = planner.watermarkColumn(facts, table) else { return nil }
    let after = assessment.basis == .incremental ? facts.state?.reached?.bound : nil
    var found = try source.watermark(
      WatermarkRequest(
        table: table, filter: facts.configuration.whereClauseCriteria, column: column, after: after,
        digestColumns: table.columns.map(\.name)))
    guard facts.configuration.synchronization.watermarkLag != nil else { return found }
    // With a lag, rows may come late anywhere in it, and not only at its upper end.
    func digest(endingAt bound: KeyValue?) throws -> RowDigest? {
      guard let bound, let window = planner.overlap(facts, column: column, endingAt: bound) else { return nil }
      return try source.measure(
        MeasureRequest(
          table: table, filter: facts.configuration.whereClauseCriteria, key: nil,
          parts: [Part(id: 0, range: .whole)], window: window, digestColumns: table.columns.map(\.name))
      ).parts.first?.digest
    }
    found.ties = try digest(endingAt: after)
    found.boundTies = try digest(endingAt: found.bound)
    return found
  }

  /// New rows only: cut points where there are too many for one part.
  private func windows(_ facts: TableFacts, _ table: Table, _ watermark: WatermarkFacts?) throws -> Observation {
    let rows = watermark?.newRows ?? 0
    let sizing = sizing(facts, rows: rows, bytes: nil)
    var observation = Observation(
      source: facts.state.map { typed(table, as: $0.sourceTable) } ?? table,
      layout: MeasuredLayout(parts: [], totalRows: rows, isUnknown: true), sizing: sizing)
    guard rows > sizing.splitAbove, let after = facts.state?.reached?.bound, let bound = watermark?.bound,
      let column = facts.configuration.synchronization.watermarkColumn,
      let name = table.columns.first(where: { $0.name.lowercased() == column.lowercased() })?.name
    else { return observation }
    let key = PartitionKey(columns: [name], origin: .asked, isNullable: false)
    observation.windowCuts = try source.boundaries(
      BoundaryRequest(
        table: table, filter: facts.configuration.whereClauseCriteria, key: key,
        within: .keys(from: Bound([after]), to: Bound([bound])), rowsPerPart: sizing.rowsPerPart)
    ).compactMap(\.values.first).filter { $0 != after && $0 != bound }
    return observation
  }

  /// The types that the last full measurement found: a window alone does not tell what the whole column needs.
  private func typed(_ table: Table, as known: Table) -> Table {
    var result = table
    for index in result.columns.indices {
      guard let column = known.column(result.columns[index].name),
        column.declaredType == result.columns[index].declaredType
      else { continue }
      result.columns[index].type = column.type
    }
    return result
  }

  private func parts(
    _ facts: TableFacts, _ assessment: Assessment, _ table: Table, _ watermark: WatermarkFacts?
  ) throws -> Observation {
    let filter = facts.configuration.whereClauseCriteria
    let window = watermark?.bound.flatMap { bound in
      facts.configuration.synchronization.watermarkColumn.flatMap { written in
        table.columns.first { $0.name.lowercased() == written.lowercased() }
          .map { Window(column: $0.name, after: nil, through: bound, includesNull: true) }
      }
    }
    let isFresh = assessment.basis != .incremental
    let firstID = (facts.state?.lastPart ?? 0) + 1
    var layout = isFresh ? .whole(id: firstID) : Layout(parts: facts.state?.parts.map(\.part) ?? [])
    if skipsScans {
      return Observation(
        source: table,
        layout: MeasuredLayout(
          parts: layout.parts.map { MeasuredPart(part: $0, rows: 0, bytes: 0, digest: nil) }, totalRows: 0,
          isUnknown: true),
        sizing: sizing(facts, rows: table.estimatedRows ?? 0, bytes: table.estimatedBytes))
    }
    var request = MeasureRequest(
      table: table, filter: filter, key: assessment.key, parts: layout.parts, window: window)
    if isFresh {
      let rows = filter == nil && window == nil ? table.estimatedRows : nil
      let counted = try rows ?? source.measure(request).totalRows
      let sizing = sizing(facts, rows: counted, bytes: table.estimatedBytes)
      if let key = assessment.key, counted > sizing.splitAbove {
        let bounds = try source.boundaries(
          BoundaryRequest(table: table, filter: filter, key: key, rowsPerPart: sizing.rowsPerPart))
        if !bounds.isEmpty { layout = Layout(bounds: bounds, isNullable: key.isNullable, firstID: firstID) }
      }
    }
    if facts.configuration.synchronization.strategy == .checksum {
      request.digestColumns = table.columns.map(\.name)
    }
    request.profiles = true
    return try revised(layout, request, facts, assessment, isFresh: isFresh)
  }

  /// Measures the parts, and cuts and joins them until they fit their size.
  private func revised(
    _ first: Layout, _ request: MeasureRequest, _ facts: TableFacts, _ assessment: Assessment, isFresh: Bool
  ) throws -> Observation {
    var layout = first
    var request = request
    var origins: [Int: [Int]] = [:]
    var nextID = max(facts.state?.lastPart ?? 0, layout.parts.map(\.id).max() ?? 0) + 1
    for round in 0...Self.revisions {
      request.parts = layout.parts
      let found = try source.measure(request)
      let measured = MeasuredLayout(
        parts: zip(layout.parts, found.parts).map { part, measure in
          MeasuredPart(
            part: part, rows: measure.rows, bytes: measure.bytes, digest: measure.digest,
            replaces: origins[part.id] ?? [])
        }, totalRows: found.totalRows)
      var table = request.table
      table.columns = found.columns ?? table.columns
      let sizing = sizing(facts, rows: found.totalRows, bytes: measured.parts.reduce(0) { $0 + $1.bytes })
      let cuts = round < Self.revisions ? try self.cuts(measured, request, assessment.key, sizing) : [:]
      guard !cuts.isEmpty, let key = assessment.key else {
        let known = Dictionary(
          uniqueKeysWithValues: isFresh ? [] : (facts.state?.parts ?? []).map { ($0.part.id, $0) })
        // With a part column the target knows rows by the part they came with, so parts keep their rows.
        guard !isFresh, !facts.configuration.target.metadataColumns else {
          return Observation(source: table, layout: measured, sizing: sizing, emptyColumns: found.emptyColumns)
        }
        let layout = LayoutRevision.merging(
          LayoutRevision.keeping(measured, known: known), sizing: sizing, firstID: nextID
        ) { part in
          known[part.part.id].map { $0.loadedBy == nil || $0.digest == nil || $0.digest != part.digest } ?? true
        }
        return Observation(source: table, layout: layout, sizing: sizing, emptyColumns: found.emptyColumns)
      }
      for (id, bounds) in cuts.sorted(by: { $0.key < $1.key }) {
        let before = Set(layout.parts.map(\.id))
        if layout.parts.count == 1, layout.parts[0].range == .whole {
          layout = Layout(bounds: bounds, isNullable: key.isNullable, firstID: nextID)
        } else {
          layout = layout.splitting(id, at: bounds, firstID: nextID)
        }
        let pieces = layout.parts.map(\.id).filter { !before.contains($0) }
        for piece in pieces where !isFresh { origins[piece] = origins[id] ?? [id] }
        nextID += pieces.count
      }
    }
    throw PlanError(.notCovered, at: "\(facts.sourceName)", "the table's parts did not settle; plan again")
  }

  /// Points that cut the parts that are too large, by part; parts of one key value have none.
  private func cuts(
    _ measured: MeasuredLayout, _ request: MeasureRequest, _ key: PartitionKey?, _ sizing: PartitionSizing
  ) throws -> [Int: [Bound]] {
    guard let key else { return [:] }
    var cuts: [Int: [Bound]] = [:]
    for part in LayoutRevision.oversized(measured, sizing: sizing) {
      let within: PartRange? = part.part.range == .whole ? nil : part.part.range
      let bounds = try source.boundaries(
        BoundaryRequest(
          table: request.table, filter: request.filter, key: key, within: within, rowsPerPart: sizing.rowsPerPart))
      if !bounds.isEmpty { cuts[part.part.id] = bounds }
    }
    return cuts
  }

  private func sizing(_ facts: TableFacts, rows: Int, bytes: Int?) -> PartitionSizing {
    PartitionSizing(
      facts.configuration.partitionSize, rows: rows, bytes: bytes,
      extraction: facts.configuration.extraction.strategy,
      synchronization: facts.configuration.synchronization.strategy)
  }
}
