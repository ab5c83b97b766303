import Foundation
import Glibc

/// Reads requests off one connection.
struct RequestReader {
  private let connection: Int32
  private var pending: [UInt8] = []

  init(_ connection: Int32) {
    self.connection = connection
  }

  /// The next whole request; nil when the connection ended.
  mutating func next() -> ServerRequest? {
    let end: [UInt8] = [13, 10, 13, 10]
    var head: Range<Int>?
    while true {
      head = pending.firstRange(of: end)
      if head != nil { break }
      guard fill() else { return nil }
    }
    guard let head else { return nil }
    let lines = String(decoding: pending[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    pending.removeSubrange(..<head.upperBound)
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { return nil }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    while pending.count < length {
      guard fill() else { return nil }
    }
    let body = Array(pending[..<length])
    pending.removeSubrange(..<length)
    let parts = words[1].split(separator: "?", maxSplits: 1)
    return ServerRequest(
      method: String(words[0]), path: String(parts.first ?? ""), query: parts.count > 1 ? Self.items(parts[1]) : [:],
      headers: headers, body: body, connection: 0)
  }

  private static func items(_ query: Substring) -> [String: String] {
    var items: [String: String] = [:]
    for item in query.split(separator: "&") {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      items[String(pair[0])] = pair.count > 1 ? pair[1].removingPercentEncoding ?? "" : ""
    }
    return items
  }

  private mutating func fill() -> Bool {
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(connection, &piece, piece.count, 0)
    guard count > 0 else { return false }
    pending += piece[..<count]
    return true
  }
}
