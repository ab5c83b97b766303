import Glibc

/// A Parquet file or column buffer that could not be written or read.
///
/// It names the file and the call, and never a value of a row.
@usableFromInline package struct ParquetError: Error, Hashable, Sendable {
  package enum Code: String, Sendable {
    /// The operating system refused; ``systemError`` says why.
    case system
    /// The file is not a whole Parquet file.
    case corrupt
    /// The file is good, but holds something that is not handled here; or OpenSSL offers no SHA-256.
    case unsupported
    /// What was asked for cannot be: columns that do not match, a null in a required column, a closed writer.
    case invalid
    /// A buffer would pass 2 GiB, the reach of its 32-bit offsets.
    case tooLarge
    case outOfMemory
  }

  package enum Operation: String, Sendable {
    case append, create, write, close, open, read
  }

  package let code: Code
  package let operation: Operation
  /// The file; nil when a buffer in memory is meant.
  package let path: String?
  /// The errno behind ``Code/system``; 0 otherwise.
  package let systemError: Int32
  package let message: String

  init(_ code: Code, _ operation: Operation, path: String?, systemError: Int32 = 0, message: String) {
    self.code = code
    self.operation = operation
    self.path = path
    self.systemError = systemError
    self.message = message
  }

  /// An error of the operating system, worded by it.
  static func system(_ number: Int32, _ operation: Operation, path: String) -> ParquetError {
    ParquetError(.system, operation, path: path, systemError: number, message: String(cString: strerror(number)))
  }
}

extension ParquetError: CustomStringConvertible {
  /// What failed, where, why, and what to do where that is known.
  @usableFromInline package var description: String {
    let place = path ?? "to a column"
    let text = "cannot \(operation.rawValue) \(place): \(message)"
    return advice.map { "\(text); \($0)" } ?? text
  }

  private var advice: String? {
    switch (code, systemError) {
    case (.system, ENOSPC), (.system, EDQUOT): "free space there, or stage somewhere else"
    case (.system, EROFS), (.system, EACCES), (.system, EPERM): "choose a place that may be written"
    case (.system, EFBIG): "raise the limit on file sizes, or write smaller files"
    case (.corrupt, _): "write the file again"
    case (.tooLarge, _): "end the batch earlier"
    default: nil
    }
  }
}
