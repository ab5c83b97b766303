import Testing

/// Expects that a checker found nothing, and says what it found.
func expectNone(
  _ problems: [String], _ moment: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(problems.isEmpty, "\(moment): \(problems.joined(separator: "\n"))", sourceLocation: sourceLocation)
}
