import Testing
import Workflows

@Suite struct SuggestionTests {
  private let words = ["partitionSize", "primaryKeyColumns", "source", "target", "snapshot", "none"]

  @Test(arguments: [
    ("partitonSize", "partitionSize"), ("PartitionSize", "partitionSize"), ("partition_size", "partitionSize"),
    ("primaryKeyColumn", "primaryKeyColumns"), ("soruce", "source"), ("taget", "target"), ("nnoe", "none"),
  ])
  func findsTheWordThatWasMeant(_ written: String, _ meant: String) {
    #expect(Suggestion.nearest(to: written, in: words) == meant)
  }

  @Test(arguments: ["", "x", "filter", "nx", String(repeating: "source", count: 20)])
  func findsNothingFarAway(_ written: String) {
    #expect(Suggestion.nearest(to: written, in: words) == nil)
    #expect(Suggestion.question(for: written, in: words).isEmpty)
  }
}
