package import struct Foundation.Decimal

/// How far below the last watermark a run reads again.
///
/// Encodes as a workflow writes it: a number in the watermark column's own unit, or an ISO 8601 duration (`"PT15M"`).
package enum WatermarkLag: Hashable, Sendable {
  case amount(Decimal)
  case duration(Duration)
}

extension WatermarkLag: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      guard let duration = ISODuration.parse(text) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "no ISO 8601 duration: \(text)")
      }
      self = .duration(duration)
    } else {
      self = .amount(try container.decode(Decimal.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .amount(let amount): try container.encode(amount)
    case .duration(let duration): try container.encode(ISODuration.text(duration))
    }
  }
}
