import ArrowBridge

/// Rows of an Arrow stream, in Arrow's own memory, which is given back when the batch is dropped.
package final class ArrowBatch {
  package let rows: Int
  /// They point into the batch: keep it alive while using them.
  package let columns: [ArrowVector]
  private var array: ArrowArray

  /// Takes `array` over.
  init(taking array: ArrowArray, fields: [ArrowField]) {
    rows = Int(array.length)
    columns = fields.indices.map { index in
      ArrowVector(field: fields[index], array: array.children[index]!.pointee, offset: Int(array.offset))
    }
    self.array = array
  }

  deinit {
    array.release?(&array)
  }
}

/// One column of an ``ArrowBatch``, or a part of a nested one. Valid while the batch lives.
package struct ArrowVector {
  package let field: ArrowField
  /// Of a struct: its parts.
  package let children: [ArrowVector]
  private let array: ArrowArray
  /// Values ahead of the first row.
  private let offset: Int

  init(field: ArrowField, array: ArrowArray, offset outer: Int) {
    let offset = outer + Int(array.offset)
    self.field = field
    self.array = array
    self.offset = offset
    children = field.children.indices.map { index in
      // Rows of a struct are at the same places of its parts; other nested types are not read.
      ArrowVector(
        field: field.children[index], array: array.children[index]!.pointee, offset: field.format == "+s" ? offset : 0)
    }
  }

  package func isNull(_ row: Int) -> Bool {
    guard array.n_buffers > 0, array.null_count != 0, let bits = array.buffers[0] else { return field.format == "n" }
    return bit(bits, row) == 0
  }

  /// A whole number of 8 to 64 bits; nil for other types.
  package func int64(_ row: Int) -> Int64? {
    switch field.format {
    case "c": Int64(load(row, as: Int8.self))
    case "s": Int64(load(row, as: Int16.self))
    case "i", "tdD", "tts", "ttm": Int64(load(row, as: Int32.self))
    case "l", "ttu", "ttn": load(row, as: Int64.self)
    default: nil
    }
  }

  /// A decimal of 128 bits as a whole number of its last place; nil for other types.
  package func int128(_ row: Int) -> Int128? {
    field.format.hasPrefix("d:") && field.format.split(separator: ",").count == 2 ? load(row, as: Int128.self) : nil
  }

  package func double(_ row: Int) -> Double? {
    switch field.format {
    case "g": load(row, as: Double.self)
    case "f": Double(load(row, as: Float.self))
    default: nil
    }
  }

  package func bool(_ row: Int) -> Bool? {
    field.format == "b" ? bit(array.buffers[1]!, row) == 1 : nil
  }

  /// The bytes of text or binary; nil for other types.
  package func bytes(_ row: Int) -> UnsafeRawBufferPointer? {
    switch field.format {
    case "u", "z": slice(Int(load(row, as: Int32.self)), Int(load(row + 1, as: Int32.self)))
    case "U", "Z": slice(Int(load(row, as: Int64.self)), Int(load(row + 1, as: Int64.self)))
    default: nil
    }
  }

  private func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: array.buffers[2].map { $0 + start }, count: end - start)
  }

  private func load<Value: BitwiseCopyable>(_ row: Int, as type: Value.Type) -> Value {
    array.buffers[1]!.loadUnaligned(fromByteOffset: (offset + row) * MemoryLayout<Value>.size, as: type)
  }

  private func bit(_ bits: UnsafeRawPointer, _ row: Int) -> UInt8 {
    let index = offset + row
    return bits.load(fromByteOffset: index >> 3, as: UInt8.self) >> UInt8(index & 7) & 1
  }
}
