/// The values of one column, appended one at a time and laid out as Arrow lays them out, so that encoding reads them
/// where they are. ``ColumnAppending`` has the appends.
///
/// A buffer has one owner at a time: it is filled on one thread, then handed whole to another. It is `Sendable` so that
/// it can be handed over, not so that two threads may use it at once.
@usableFromInline package final class ColumnBuffer: ColumnAppending, @unchecked Sendable {
  package let type: ColumnType
  @usableFromInline package let state: UnsafeMutablePointer<ColumnState>

  /// An empty column with room for `capacity` values; room for bytes is made when they come.
  package init(_ type: ColumnType, capacity: Int = 1024) {
    self.type = type
    state = .allocate(capacity: 1)
    state.initialize(to: ColumnState(type.layout, capacity: capacity))
  }

  deinit {
    state.pointee.deallocate()
    state.deallocate()
  }

  /// The same column without its reference count; valid while this object lives.
  package var appender: ColumnAppender { ColumnAppender(state: state) }

  /// Values appended since the last reset, nulls included.
  package var count: Int { state.pointee.length }

  /// Nulls among them.
  package var nullCount: Int { state.pointee.nulls }

  /// Bytes that the values fill, offsets and validity included.
  package var byteCount: Int { state.pointee.byteCount }

  /// Bytes held, filled or not.
  package var allocatedByteCount: Int { state.pointee.allocatedByteCount }

  /// Empties the column for reuse; keeps its memory, but of the bytes of values no more than `limit`.
  package func reset(keepingAtMost limit: Int = .max) {
    state.pointee.reset(keepingAtMost: limit)
  }
}

/// A ``ColumnBuffer`` as a plain pointer: for loops over columns, where the reference counts of objects in an array
/// would cost more than the appends. Valid while the buffer lives, which is for the caller to see to.
@usableFromInline package struct ColumnAppender: ColumnAppending, BitwiseCopyable {
  @usableFromInline package let state: UnsafeMutablePointer<ColumnState>
}
