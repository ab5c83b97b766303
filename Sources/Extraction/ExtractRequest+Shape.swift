import Catalogs
import Crypto
import Plans

extension ExtractRequest {
  /// - Throws: ``ExtractionError`` `shapeChanged` when `table` is not what the plan was made for.
  func checkShape(of table: Table) throws {
    let place = "table \(table.name)"
    var shape = table.shape
    let digest = try shape.withUTF8 { try SHA256().digest(UnsafeRawBufferPointer($0)) }
    guard digest.hex == fingerprint else {
      throw ExtractionError(.shapeChanged, at: place, "its columns or keys changed since the plan; make a new plan")
    }
    for column in columns where table.column(column.source) == nil {
      throw ExtractionError(.shapeChanged, at: place, "it has no column \(column.source); make a new plan")
    }
  }
}
