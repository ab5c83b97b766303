import Plans
import Testing
import Workflows

/// Histories of one table under every strategy: what may fail fails at random, and the promises must hold.
struct SimulationTests {
  static let variants = [
    Simulation.Variant(name: "none", strategy: .none),
    Simulation.Variant(name: "none, no order", strategy: .none, ordersKeys: false),
    Simulation.Variant(name: "checksum", strategy: .checksum),
    Simulation.Variant(name: "checksum, no order", strategy: .checksum, ordersKeys: false),
    Simulation.Variant(name: "checksum, part column", strategy: .checksum, ordersKeys: false, metadataColumns: true),
    Simulation.Variant(name: "none, part column", strategy: .none, metadataColumns: true),
    Simulation.Variant(name: "watermark", strategy: .watermark),
    Simulation.Variant(name: "watermark, no order", strategy: .watermark, ordersKeys: false),
    Simulation.Variant(name: "watermark, part column", strategy: .watermark, metadataColumns: true),
    Simulation.Variant(name: "watermark, modifications", strategy: .watermark, tracksModifications: true),
    Simulation.Variant(
      name: "watermark, modifications, no order", strategy: .watermark, tracksModifications: true, ordersKeys: false),
    Simulation.Variant(name: "watermark, deletions", strategy: .watermark, tracksDeletions: true),
    Simulation.Variant(
      name: "watermark, deletions by part", strategy: .watermark, tracksDeletions: true, isKeyedByPart: true),
    Simulation.Variant(
      name: "watermark, modifications, deletions", strategy: .watermark, tracksModifications: true,
      tracksDeletions: true),
    Simulation.Variant(
      name: "watermark, modifications, deletions by part", strategy: .watermark, tracksModifications: true,
      tracksDeletions: true, isKeyedByPart: true),
    Simulation.Variant(
      name: "watermark, modifications, deletions by part, no order", strategy: .watermark, tracksModifications: true,
      ordersKeys: false, tracksDeletions: true, isKeyedByPart: true),
    Simulation.Variant(
      name: "watermark, deletions, lag", strategy: .watermark, tracksModifications: true, tracksDeletions: true, lag: 3),
    Simulation.Variant(name: "watermark, lag", strategy: .watermark, tracksModifications: true, lag: 3),
  ]

  @Test(arguments: variants)
  func `A target keeps what its strategy promises, whatever fails`(variant: Simulation.Variant) throws {
    var refreshes = 0
    var failures = 0
    for seed in 1...120 as ClosedRange<UInt64> {
      var simulation = Simulation(variant, seed: seed)
      try simulation.play(rounds: 6)
      refreshes += simulation.refreshes
      failures += simulation.failures
    }
    #expect(refreshes > 900)
    #expect(failures > 150, "too few failures to have tried anything")
  }
}
