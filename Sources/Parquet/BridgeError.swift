import ArrowBridge

extension ParquetError {
  /// The error that the bridge reported.
  init(_ error: ab_error, _ operation: Operation, path: String) {
    let message = withUnsafePointer(to: error) { String(cString: ab_error_message($0)) }
    switch error.failure {
    case AB_FAILURE_SYSTEM: self = .system(error.system_error, operation, path: path)
    case AB_FAILURE_UNSUPPORTED: self.init(.unsupported, operation, path: path, message: message)
    case AB_FAILURE_MEMORY: self.init(.outOfMemory, operation, path: path, message: message)
    default:
      let isReading = operation == .open || operation == .read
      self.init(isReading ? .corrupt : .invalid, operation, path: path, message: message)
    }
  }
}
