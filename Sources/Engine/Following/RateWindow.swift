package import Store

/// How fast something grew over the last seconds, from readings of its total.
///
/// Knows no clock. Readings older than the window are dropped, except the newest of them, so that the window is always full.
package struct RateWindow: Hashable, Sendable {
  private struct Reading: Hashable {
    var at: Milliseconds
    var total: Double
  }

  private let span: Int
  private var readings: [Reading] = []

  /// - Parameter span: milliseconds to look back.
  package init(span: Int = 10_000) {
    self.span = span
  }

  package mutating func read(_ total: Double, at now: Milliseconds) {
    // A total that shrank (a part is extracted again) or a clock that was set back starts anew.
    if let last = readings.last, total < last.total || now < last.at { readings.removeAll() }
    if readings.last?.at == now { readings.removeLast() }
    readings.append(Reading(at: now, total: total))
    while readings.count > 2, readings[1].at <= now - span { readings.removeFirst() }
  }

  /// Growth a second; nil before there are two readings half a second apart.
  package var perSecond: Double? {
    guard let first = readings.first, let last = readings.last, last.at - first.at >= 500 else { return nil }
    return (last.total - first.total) * 1000 / Double(last.at - first.at)
  }
}
