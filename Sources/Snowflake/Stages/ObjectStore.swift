import HTTP

/// What the stages need of an object store. One thread uses it.
protocol ObjectStore {
  /// The object of that name behind the stage's prefix; nil when there is none.
  func head(_ name: String) throws(SnowflakeError) -> StoredObject?

  /// Writes a file under a name; an object of that name is replaced.
  func put(_ file: SealedFile, as name: String) throws(SnowflakeError)

  /// Hands an object's bytes to `sink`, which is told before each try to start over.
  func get(_ name: String, _ sink: any ObjectSink) throws(SnowflakeError) -> StoredObject
}

/// Where an object's bytes go.
protocol ObjectSink: AnyObject {
  func start() throws(SnowflakeError)
  func take(_ bytes: UnsafeRawBufferPointer) throws(SnowflakeError)
}

/// The store behind a stage.
func openStore(
  _ access: StageAccess, _ options: StageOptions, _ cancellation: Cancellation?
) throws(SnowflakeError) -> any ObjectStore {
  switch try access.grant(cancellation).transfer.location.kind {
  case .s3: S3Store(access, options, cancellation)
  case .azure: AzureStore(access, options, cancellation)
  case .gcs: GCSStore(access, options, cancellation)
  case .folder: FolderStore(access, cancellation)
  }
}

/// Answers of stores that pass: too many requests, and a service that is not well.
func mayPass(_ status: Int) -> Bool {
  status == 408 || status == 429 || (500..<600).contains(status)
}
