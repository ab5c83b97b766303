/// How large a part may be.
///
/// Encodes as a workflow writes it: `"auto"`, `{"targetSizeMb": 2048}` or `{"maxRowsPerPartition": 500000}`.
package enum PartitionSize: Hashable, Sendable {
  /// The planner decides from platform, extraction strategy and table size.
  case auto
  /// About this many megabytes (2^20 bytes) of data per part.
  case targetSizeMb(Int)
  /// At most this many rows per part: a hard limit.
  case maxRowsPerPartition(Int)
}

extension PartitionSize: Codable {
  private enum CodingKeys: String, CodingKey {
    case targetSizeMb, maxRowsPerPartition
  }

  package init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "auto" else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "no partition size is written \(word)"))
      }
      self = .auto
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let megabytes = try container.decodeIfPresent(Int.self, forKey: .targetSizeMb) {
      self = .targetSizeMb(megabytes)
    } else {
      self = .maxRowsPerPartition(try container.decode(Int.self, forKey: .maxRowsPerPartition))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .auto:
      var container = encoder.singleValueContainer()
      try container.encode("auto")
    case .targetSizeMb(let megabytes):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(megabytes, forKey: .targetSizeMb)
    case .maxRowsPerPartition(let rows):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(rows, forKey: .maxRowsPerPartition)
    }
  }
}
