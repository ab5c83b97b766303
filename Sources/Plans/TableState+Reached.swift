extension TableState {
  /// How far windows were handed out, whether all of them are in the target or not: where the next window begins.
  ///
  /// While a window is missing, the table's own ``watermark`` stays where it was, although later windows may be in already:
  /// their rows must not come again. The latest window is the one with the highest id. Its ties are those that the plan saw
  /// which led there: what came since differs from them. Nil when there was neither window nor watermark.
  package var reached: WatermarkState? {
    guard let window = latestWindow?.window else { return watermark }
    let known = [watermark, nextWatermark].compactMap(\.self)
    if let known = known.first(where: { $0.column == window.column && $0.bound == window.through }) { return known }
    return WatermarkState(column: window.column, bound: window.through, ties: nil)
  }

  /// The part that holds the rows at ``reached``.
  var latestWindow: PartState? {
    parts.filter { $0.window != nil }.max { $0.part.id < $1.part.id }
  }

  /// Parts that a run took on and did not get into the target.
  var open: [PartState] { parts.filter { $0.loadedBy == nil } }
}
