import Snowflake
import Testing

struct QueryContextTests {
  private static func entry(_ id: Int64, _ timestamp: Int64, _ priority: Int64) -> QueryContext.Entry {
    QueryContext.Entry(id: id, timestamp: timestamp, priority: priority, context: "c\(id)")
  }

  @Test func theNewestOfAnIDAndTheBestPrioritiesAreKept() {
    var context = QueryContext()
    context.merge([Self.entry(1, 10, 1), Self.entry(0, 10, 0)])
    #expect(context.entries.map(\.id) == [0, 1])
    context.merge([Self.entry(1, 9, 5)])
    #expect(context.entries.map(\.timestamp) == [10, 10])
    context.merge([Self.entry(1, 11, 5)])
    #expect(context.entries.map(\.priority) == [0, 5])
    // Two entries never share a priority: the new one takes it over.
    context.merge([Self.entry(2, 1, 0)])
    #expect(context.entries.map(\.id) == [2, 1])
    context.merge((3..<9).map { Self.entry($0, 1, $0 + 10) })
    #expect(context.entries.map(\.id) == [2, 1, 3, 4, 5])
    context.capacity = 2
    #expect(context.entries.map(\.id) == [2, 1])
    context.merge([])
    #expect(context.entries.isEmpty)
  }
}
