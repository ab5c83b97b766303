import Testing
import Workflows

@Suite struct MergeTests {
  private func merged(_ defaults: String, _ own: String) throws -> TableConfiguration {
    let text = "{\"defaultTableConfiguration\": {\(defaults)}, \"tables\": [{\(own)}]}"
    return try #require(try workflow(text).tables.first)
  }

  private let names = #""source": {"tableName": "t"}, "target": {"tableName": "T"}"#

  @Test func mergesObjectsKeyByKey() throws {
    let table = try merged(
      #"""
      "source": {"databaseName": "d", "schemaName": "s"},
      "target": {"databaseName": "D", "tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "baseLocationPrefix": "p"}},
      "synchronization": {"strategy": "watermark", "onShrink": "allow"}
      """#,
      #"""
      "source": {"tableName": "t", "schemaName": "own"},
      "target": {"tableName": "T", "icebergConfig": {"baseLocationPrefix": "own", "catalogSync": "c"}},
      "synchronization": {"watermarkColumn": "u"}
      """#)
    #expect(table.source == ObjectReference(databaseName: "d", schemaName: "own", tableName: "t"))
    #expect(
      table.target.icebergConfig
        == IcebergConfiguration(externalVolume: "v", baseLocationPrefix: "own", catalogSync: "c"))
    #expect(
      table.synchronization == Synchronization(strategy: .watermark, watermarkColumn: "u", onShrink: .allow))
  }

  @Test func replacesArraysAndScalarsWhole() throws {
    let table = try merged(
      #""columnNamesToPartitionBy": ["a", "b"], "primaryKeyColumns": ["a"], "snapshot": "none", "columnTypeMappings": [{"sourceType": "a", "targetType": "b"}]"#,
      names + #", "columnNamesToPartitionBy": ["c"], "primaryKeyColumns": [], "snapshot": "required""#)
    #expect(table.columnNamesToPartitionBy == ["c"])
    #expect(table.primaryKeyColumns.isEmpty)
    #expect(table.snapshot == .required)
    #expect(table.columnTypeMappings == [TypeMapping(sourceType: "a", targetType: "b")])
  }

  @Test func replacesPartitionSizesAndSingleMappingsWhole() throws {
    let table = try merged(
      #""partitionSize": {"targetSizeMb": 5}, "columnNameMappings": {"sourceName": "a", "targetName": "b"}"#,
      names
        + #", "partitionSize": {"maxRowsPerPartition": 7}, "columnNameMappings": {"sourceName": "c", "targetName": "d"}"#
    )
    #expect(table.partitionSize == .maxRowsPerPartition(7))
    #expect(table.columnNameMappings == [NameMapping(sourceName: "c", targetName: "d")])
  }

  @Test func takesADefaultAwayWithNull() throws {
    let table = try merged(
      #""whereClauseCriteria": "a = 1", "target": {"tableType": "iceberg", "icebergConfig": {"externalVolume": "v", "sourceDataStage": "@s"}}"#,
      #""source": {"tableName": "t"}, "whereClauseCriteria": null, "target": {"tableName": "T", "icebergConfig": {"sourceDataStage": null}}"#
    )
    #expect(table.whereClauseCriteria == nil)
    #expect(table.target.icebergConfig == IcebergConfiguration(externalVolume: "v"))
  }

  /// A mistake in the defaults is told once, where it is written, however many tables inherit it.
  @Test func tellsMistakesOfTheDefaultsOnce() {
    let text = """
      {
        "defaultTableConfiguration": {
          "snapshots": "none",
          "partitionSize": {"targetSizeMb": 0},
          "primaryKeyColumns": ["a", "a"],
          "columnNameMappings": [{"sourceName": "a"}],
          "synchronization": {"strategy": "watermark", "trackModifications": true}
        },
        "tables": [
          {"source": {"tableName": "a"}, "target": {"tableName": "A"}},
          {"source": {"tableName": "b"}, "target": {"tableName": "B"}, "primaryKeyColumns": []},
          {"source": {"tableName": "c"}, "target": {"tableName": "C"}, "synchronization": {"watermarkColumn": "u"}},
          {"source": {"tableName": "d"}, "target": {"tableName": "D"}, "primaryKeyColumns": null}
        ]
      }
      """
    #expect(
      lines(read(text).diagnostics) == [
        "3:5 defaultTableConfiguration.snapshots: unknown property; did you mean snapshot?",
        "4:39 defaultTableConfiguration.partitionSize.targetSizeMb: 0 is no whole number above 0",
        "5:32 defaultTableConfiguration.primaryKeyColumns[1]: a is in the list twice, first as [0]",
        "6:28 defaultTableConfiguration.columnNameMappings[0]: needs targetName",
        "7:24 tables[0].synchronization: watermark needs watermarkColumn (and 2 more tables)",
        "7:72 tables[1].synchronization.trackModifications: needs primaryKeyColumns (and 1 more table)",
      ])
  }

  @Test func checksDefaultsThatEveryTableOverrides() {
    let text = #"{"defaultTableConfiguration": {"snapshot": 5}, "tables": [{"# + names + #", "snapshot": "none"}]}"#
    #expect(
      lines(read(text).diagnostics) == ["1:44 defaultTableConfiguration.snapshot: expected a string, found a number"])
  }

  @Test func refusesDefaultsThatAreNoObject() {
    let text = #"{"defaultTableConfiguration": [], "tables": [{"# + names + "}]}"
    #expect(lines(read(text).diagnostics) == ["1:31 defaultTableConfiguration: expected an object, found an array"])
  }

  @Test func letsATableReplaceADefaultOfTheWrongType() {
    let text = #"{"defaultTableConfiguration": {"target": "x"}, "tables": [{"# + names + "}]}"
    #expect(
      lines(read(text).diagnostics) == ["1:42 defaultTableConfiguration.target: expected an object, found a string"])
  }

  /// Reading defaults and a table must come to the same as reading the merge that the rule describes.
  @Test func agreesWithTheRule() throws {
    var generator = SeededGenerator(seed: 20_261_121)
    for _ in 0..<300 {
      let defaults = Tree.settings(isTable: false, &generator)
      let own = Tree.settings(isTable: true, &generator)
      let byReader = read("{\"defaultTableConfiguration\": \(defaults.text), \"tables\": [\(own.text)]}")
      let byRule = read("{\"tables\": [\(defaults.overridden(by: own).text)]}")
      #expect(byReader.diagnostics.isEmpty, "\(defaults.text) under \(own.text): \(lines(byReader.diagnostics))")
      #expect(byReader.workflow == byRule.workflow)
      #expect(byRule.workflow != nil)
    }
  }
}

/// Just enough of JSON to state the rule of merging.
private indirect enum Tree {
  /// A scalar or an array, as text.
  case whole(String)
  case object([String: Tree])

  var text: String {
    switch self {
    case .whole(let text): text
    case .object(let members):
      "{" + members.map { "\"\($0.key)\": \($0.value.text)" }.sorted().joined(separator: ", ") + "}"
    }
  }

  /// The rule: objects key by key, everything else whole, the table wins.
  func overridden(by own: Tree) -> Tree {
    guard case .object(let base) = self, case .object(let members) = own else { return own }
    return .object(base.merging(members) { $0.overridden(by: $1) })
  }

  /// Any settings that go together with any others.
  static func settings(isTable: Bool, _ generator: inout SeededGenerator) -> Tree {
    let choices: [(path: [String], values: [String])] = [
      (["source", "databaseName"], [#""a""#, #""[b c]""#]), (["source", "schemaName"], [#""s""#, "null"]),
      (["target", "databaseName"], [#""x""#, #""\"y\"""#]), (["target", "schemaName"], [#""p""#, #""q""#]),
      (["target", "metadataColumns"], ["true", "false", "null"]),
      (["target", "icebergConfig", "baseLocationPrefix"], [#""p""#, #""q/r""#, "null"]),
      (["target", "icebergConfig", "sourceDataStage"], [#""@a""#, #""@b/c""#]),
      (["target", "icebergConfig", "catalogSync"], [#""c""#]),
      (["columnNamesToPartitionBy"], [#"["a"]"#, #"["a", "b"]"#, "[]", "null"]),
      (["primaryKeyColumns"], [#"["k"]"#, #"["k", "l"]"#]), (["whereClauseCriteria"], [#""a = 1""#, "null"]),
      (["partitionSize"], [#""auto""#, #"{"targetSizeMb": 3}"#, #"{"maxRowsPerPartition": 9}"#]),
      (["columnTypeMappings"], [#"[{"sourceType": "a", "targetType": "b"}]"#, "[]"]),
      (["columnNameMappings"], [#"{"sourceName": "a", "targetName": "b"}"#, "[]", "null"]),
      (["loading", "method"], [#""copy""#, #""snowpipe""#]), (["loading", "verify"], [#""always""#, #""never""#]),
      (["snapshot"], [#""required""#, #""none""#]),
      (["synchronization", "onShrink"], [#""allow""#, #""refuse""#]),
      (["synchronization", "watermarkColumn"], [#""u""#, #""v""#]),
    ]
    var tree: Tree = .object([:])
    for choice in choices where Bool.random(using: &generator) {
      guard let value = choice.values.randomElement(using: &generator) else { continue }
      tree = tree.overridden(by: at(choice.path, value))
    }
    guard isTable else { return tree }
    let fixed: [([String], String)] = [
      (["source", "tableName"], #""t""#), (["target", "tableName"], #""T""#), (["target", "tableType"], #""iceberg""#),
      (["target", "icebergConfig", "externalVolume"], #""v""#), (["synchronization", "strategy"], #""watermark""#),
      (["synchronization", "watermarkColumn"], #""w""#),
    ]
    return fixed.reduce(tree) { $0.overridden(by: at($1.0, $1.1)) }
  }

  private static func at(_ path: [String], _ value: String) -> Tree {
    path.reversed().reduce(.whole(value)) { .object([$1: $0]) }
  }
}
