package import Catalogs

/// What the state remembers of one table: what of which shape was loaded from where to where.
package struct TableState: Hashable, Codable, Sendable {
  package var key: TableKey
  package var workflow: String
  package var sourceFingerprint: String
  /// The columns as the source had them, so that a change of shape can be told column by column.
  package var sourceTable: Table
  package var configurationFingerprint: String
  package var partitionKey: PartitionKey?
  package var addressing: Addressing
  /// In key order.
  package var parts: [PartState]
  package var watermark: WatermarkState?
  /// Where the watermark will stand once all that the last run took on is in the target; nil when it stands there already.
  package var nextWatermark: WatermarkState?
  /// The highest part id ever given in this table.
  package var lastPart: Int
  /// The run that last changed the table.
  package var run: Int?

  package init(
    key: TableKey, workflow: String, sourceFingerprint: String, sourceTable: Table,
    configurationFingerprint: String, partitionKey: PartitionKey?, addressing: Addressing, parts: [PartState],
    watermark: WatermarkState?, nextWatermark: WatermarkState? = nil, lastPart: Int, run: Int?
  ) {
    self.key = key
    self.workflow = workflow
    self.sourceFingerprint = sourceFingerprint
    self.sourceTable = sourceTable
    self.configurationFingerprint = configurationFingerprint
    self.partitionKey = partitionKey
    self.addressing = addressing
    self.parts = parts
    self.watermark = watermark
    self.nextWatermark = nextWatermark
    self.lastPart = lastPart
    self.run = run
  }
}

/// What tells one remembered table from another: a watermark or checksum never passes from one target to another.
package struct TableKey: Hashable, Codable, Sendable {
  package var sourceServer: String
  package var source: ObjectName
  package var targetServer: String
  package var target: ObjectName

  package init(sourceServer: String, source: ObjectName, targetServer: String, target: ObjectName) {
    self.sourceServer = sourceServer
    self.source = source
    self.targetServer = targetServer
    self.target = target
  }
}

/// What the state remembers of one part.
package struct PartState: Hashable, Codable, Sendable {
  package var part: Part
  /// Set while the part is a window of a watermark that is not yet merged into the table's own.
  package var window: Window?
  /// The part's content when it was loaded; nil when the strategy takes none.
  package var digest: RowDigest?
  package var rows: Int
  /// The run that loaded the part; nil from the moment a run takes it on until it is in the target.
  package var loadedBy: Int?
  /// The run that has taken the part on, or loaded it.
  package var run: Int

  package init(part: Part, window: Window? = nil, digest: RowDigest?, rows: Int, loadedBy: Int?, run: Int) {
    self.part = part
    self.window = window
    self.digest = digest
    self.rows = rows
    self.loadedBy = loadedBy
    self.run = run
  }
}
