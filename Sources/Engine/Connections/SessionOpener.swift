package import Extraction
package import Loading
package import Plans

/// Opens connections to the two sides of a migration.
///
/// Calls block. A session belongs to the thread it is opened for.
package protocol SessionOpener: Sendable {
  /// - Throws: an error of the source, or ``EngineError`` when the endpoint cannot be served by this configuration.
  func source(_ endpoint: Endpoint) throws -> any SourceSession

  /// - Throws: an error of the target, or ``EngineError`` when the endpoint cannot be served by this configuration.
  func target(_ endpoint: Endpoint) throws -> any TargetSession

  /// Where runs into this target are told about; nil where the target has no such place.
  ///
  /// - Throws: an error of the target, or ``EngineError`` when the endpoint cannot be served by this configuration.
  func reporter(_ endpoint: Endpoint) throws -> (any RunReporter)?
}
