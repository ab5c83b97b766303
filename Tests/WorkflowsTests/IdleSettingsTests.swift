import Testing
import Workflows

@Suite struct IdleSettingsTests {
  private func text(_ defaults: String, _ tables: [String]) -> String {
    let entries = tables.enumerated().map { index, own in
      #"{"source": {"tableName": "t"}, "target": {"tableName": "T\#(index)"}\#(own)}"#
    }
    return "{\"defaultTableConfiguration\": {\(defaults)}, \"tables\": [\(entries.joined(separator: ", "))]}"
  }

  /// Defaults that some tables use are left out of the tables whose own strategy has no use for them.
  @Test func leavesOutInheritedSettingsWithoutUse() throws {
    let tables = try workflow(
      text(
        #"""
        "synchronization": {"strategy": "watermark", "watermarkColumn": "u", "trackModifications": true, "watermarkLag": 5},
        "primaryKeyColumns": ["k"],
        "extraction": {"strategy": "unload", "externalStage": "S"}
        """#,
        ["", #", "synchronization": {"strategy": "checksum"}, "extraction": {"strategy": "regular"}"#])
    ).tables
    #expect(tables[0].synchronization.watermarkColumn == "u")
    #expect(tables[0].extraction == ExtractionStrategy(strategy: .unload, externalStage: "S"))
    #expect(tables[1].synchronization == Synchronization(strategy: .checksum))
    #expect(tables[1].extraction == ExtractionStrategy())
  }

  @Test func leavesOutAnInheritedIcebergConfiguration() throws {
    let tables = try workflow(
      #"""
      {"defaultTableConfiguration": {"target": {"tableType": "iceberg", "icebergConfig": {"externalVolume": "v"}}},
       "tables": [{"source": {"tableName": "a"}, "target": {"tableName": "A"}},
                  {"source": {"tableName": "b"}, "target": {"tableName": "B", "tableType": "native"}}]}
      """#
    ).tables
    #expect(tables[0].target.icebergConfig == IcebergConfiguration(externalVolume: "v"))
    #expect(tables[1].target.icebergConfig == nil)
  }

  @Test func tellsDefaultsThatNoTableUses() {
    let outcome = read(
      text(
        #""synchronization": {"watermarkColumn": "u", "trackDeletions": true}, "extraction": {"externalStage": "S"}, "target": {"icebergConfig": {"externalVolume": "v"}}"#,
        ["", #", "synchronization": {"strategy": "checksum"}"#]))
    #expect(
      messages(outcome.diagnostics) == [
        "defaultTableConfiguration.synchronization.watermarkColumn: does nothing: no table has strategy watermark",
        "defaultTableConfiguration.synchronization.trackDeletions: does nothing: no table has strategy watermark",
        "defaultTableConfiguration.extraction.externalStage: does nothing: no table has strategy unload",
        "defaultTableConfiguration.target.icebergConfig: does nothing: no table has tableType iceberg",
      ])
  }

  @Test func doesNotMindFalse() throws {
    _ = try workflow(text(#""synchronization": {"trackModifications": false, "trackDeletions": false}"#, [""]))
  }
}
