/// What the server wants to be told again with each statement, so that reads of hybrid tables see earlier writes.
///
/// Entries are merged by id, the newest first; the few of the best priority are kept.
package struct QueryContext: Sendable {
  package struct Entry: Decodable, Hashable, Sendable {
    package var id: Int64
    package var timestamp: Int64
    /// Smaller is more important; no two entries share one.
    package var priority: Int64
    package var context: String?

    package init(id: Int64, timestamp: Int64, priority: Int64, context: String?) {
      self.id = id
      self.timestamp = timestamp
      self.priority = priority
      self.context = context
    }
  }

  package private(set) var entries: [Entry] = []

  package init() {}

  /// As the session parameter `QUERY_CONTEXT_CACHE_SIZE` says.
  package var capacity = 5 {
    didSet { trim() }
  }

  /// Takes over what an answer carried; an answer with an empty list clears everything.
  package mutating func merge(_ new: [Entry]) {
    if new.isEmpty { entries = [] }
    for entry in new {
      if let known = entries.first(where: { $0.id == entry.id }) {
        let isNewer =
          entry.timestamp > known.timestamp
          || (entry.timestamp == known.timestamp && entry.priority != known.priority)
        guard isNewer else { continue }
      }
      entries.removeAll { $0.id == entry.id || $0.priority == entry.priority }
      entries.append(entry)
    }
    trim()
  }

  /// `queryContextDTO` of a request.
  package var request: JSONValue {
    .object([
      "entries": .array(
        entries.map { entry in
          [
            "id": .int(entry.id), "timestamp": .int(entry.timestamp), "priority": .int(entry.priority),
            "context": entry.context.map { ["base64Data": .string($0)] } ?? .null,
          ]
        })
    ])
  }

  private mutating func trim() {
    entries.sort { $0.priority < $1.priority }
    entries = Array(entries.prefix(max(0, capacity)))
  }
}
