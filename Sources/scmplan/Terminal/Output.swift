import Foundation
import Synchronization

/// Where text for people goes, and where JSON for programs goes.
///
/// A reader that closed its end (`| head`) ends the printing and nothing else: what a command does never depends on
/// somebody reading along.
final class Output: Sendable {
  private struct State {
    var isClosed = false
  }

  let descriptor: Int32
  /// Colour and progress bars are welcome.
  let isTerminal: Bool
  private let state = Mutex(State())

  init(descriptor: Int32) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
  }

  static let standard = Output(descriptor: STDOUT_FILENO)
  static let error = Output(descriptor: STDERR_FILENO)

  func line(_ text: String = "") {
    write(text + "\n")
  }

  func write(_ text: String) {
    state.withLock { state in
      guard !state.isClosed else { return }
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 {
          bytes = bytes.dropFirst(written)
        } else if errno != EINTR, errno != EAGAIN {
          state.isClosed = true
          return
        }
      }
    }
  }

  /// Columns of the terminal; 80 where there is none.
  var width: Int {
    var size = winsize()
    guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
