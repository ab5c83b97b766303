import Foundation
import Plans

/// Colour for a terminal: it underlines what a symbol already says, and is left out wherever text is not read by a person.
struct Style: Sendable {
  var isColored: Bool

  /// Colour on a terminal, unless `--no-color` or `NO_COLOR` (no-color.org) says otherwise.
  init(for output: Output, isPlain: Bool) {
    let environment = ProcessInfo.processInfo.environment
    isColored =
      output.isTerminal && !isPlain && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  static let plain = Style(isColored: false)

  private init(isColored: Bool) {
    self.isColored = isColored
  }

  func bold(_ text: String) -> String { wrapped(text, "1") }
  func dim(_ text: String) -> String { wrapped(text, "2") }
  func red(_ text: String) -> String { wrapped(text, "31") }
  func green(_ text: String) -> String { wrapped(text, "32") }
  func yellow(_ text: String) -> String { wrapped(text, "33") }

  func symbol(_ action: Action) -> String {
    switch action {
    case .create: green(action.symbol)
    case .refresh, .append: yellow(action.symbol)
    case .reload, .remove, .forget: red(action.symbol)
    case .none: action.symbol
    }
  }

  private func wrapped(_ text: String, _ code: String) -> String {
    isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
