// swift-tools-version:6.3
import Foundation
import PackageDescription

/// Arrow and Parquet (C++) come out of the pinned pyarrow wheel in `.deps/arrow` when `make deps` put them there, and
/// from pkg-config's `parquet` otherwise.
let bundledArrow = Context.packageDirectory + "/.deps/arrow"
let hasBundledArrow = FileManager.default.fileExists(atPath: bundledArrow + "/lib")

let arrowCompile: [CXXSetting] =
  hasBundledArrow ? [.unsafeFlags(["-I", bundledArrow + "/include"])] : []
let arrowLink: [LinkerSetting] =
  hasBundledArrow
  ? [
    .unsafeFlags([
      "-L", bundledArrow + "/lib", "-Xlinker", "-rpath", "-Xlinker", bundledArrow + "/lib",
    ]),
    .linkedLibrary("parquet"), .linkedLibrary("arrow"),
  ] : []

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
  // Fault points exist in debug builds only: see Sources/Faults/FaultPoint.swift.
  .define("FAULT_POINTS", .when(configuration: .debug)),
]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let tomlKit = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

/// A module of the package with the settings all modules share.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one module: same name, `Tests` behind it.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name), "Support"] + dependencies,
    swiftSettings: strict)
}

let package = Package(
  name: "scmplan",
  products: [
    .executable(name: "scmplan", targets: ["scmplan"]),
    // What `make bench` measures inside the modules.
    .executable(name: "measure", targets: ["Measure"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // The command line: the only module that prints.
    .executableTarget(
      name: "scmplan",
      dependencies: [
        "Engine", "Extraction", "Loading", "Store", "SQL", "Postgres", "Plans", "Workflows", "Catalogs", "Crypto",
        "Faults",
        argumentParser, logging,
      ],
      swiftSettings: strict),

    // The way of the data: workflow -> plan -> tasks -> files -> rows of the target.
    module(
      "Engine",
      [
        "Extraction", "Loading", "Postgres", "AWS", "Snowflake", "Store", "Plans", "Workflows", "Catalogs", "Crypto",
        "Faults", logging,
      ]),
    module(
      "Extraction",
      ["Plans", "Catalogs", "Postgres", "AWS", "SQL", "ODBC", "Digests", "Parquet", "Crypto", "Faults", grdb, sqlite]),
    module(
      "Loading",
      ["Snowflake", "Plans", "Workflows", "Catalogs", "SQL", "Digests", "Parquet", "Crypto", "Faults", grdb, sqlite]),
    module("Store", ["Plans", "Catalogs", "SQL", "Postgres", "Faults"]),

    // Pure: no input or output, no wrapper.
    module("Plans", ["Workflows", "Catalogs"]),
    module("Workflows", ["Catalogs", tomlKit]),
    module("Catalogs"),

    // A client of Snowflake that knows nothing of migrations.
    module("Snowflake", ["HTTP", "Crypto", "Parquet", tomlKit]),

    // Values as canonical text, and the digests of rows.
    module("Digests", ["Crypto"]),

    // Thin wrappers, one library each.
    module("SQL", ["Postgres", grdb]),
    module("Parquet", ["ArrowBridge", "Crypto"]),
    // Where tests may end the process; nothing in release builds.
    module("Faults"),
    module("Crypto", ["COpenSSL"]),
    module("HTTP", ["CCurl"]),
    // Signing in to Amazon Web Services; knows nothing of migrations.
    module("AWS", ["HTTP", "Crypto"]),
    module("ODBC", ["CODBC"]),
    .systemLibrary(name: "CODBC", pkgConfig: "odbc", providers: [.apt(["unixodbc-dev"])]),
    module("Postgres", ["CPostgres"]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(
      name: "ArrowBridge",
      dependencies: hasBundledArrow ? [] : ["CArrow"],
      cxxSettings: arrowCompile,
      linkerSettings: arrowLink),

    tests("Catalogs"), tests("Workflows"), tests("Plans"),
    tests("SQL", ["Postgres"]), tests("Faults"),
    tests("Store", ["SQL", "Postgres", "Plans", "Catalogs", "Workflows", "Faults"]), tests("Crypto"),
    tests("HTTP"), tests("ODBC"), tests("Postgres"), tests("AWS", ["HTTP"]),
    tests("Snowflake", ["HTTP", "Crypto", "Parquet"]),
    tests("Parquet"),
    tests("Extraction", ["Postgres", "AWS", "HTTP", "Parquet", "ODBC"]),
    tests(
      "Loading",
      ["Extraction", "Postgres", "Snowflake", "HTTP", "Parquet", "Crypto", "Plans", "Workflows", "Catalogs", sqlite]),
    tests(
      "Engine",
      [
        "Store", "SQL", "Plans", "Catalogs", "Workflows", "Extraction", "Loading", "Crypto", "Faults", logging,
      ]),
    .testTarget(
      name: "ScheduleTests",
      dependencies: [
        "Engine", "Store", "Plans", "Catalogs", "Workflows", "Extraction", "Loading", "Postgres", "Snowflake", "HTTP",
        "ODBC", "SQL", "Crypto", "Faults", "Support", logging,
      ], swiftSettings: strict),
    .executableTarget(
      name: "Measure",
      dependencies: [
        "Extraction", "Loading", "Postgres", "Snowflake", "HTTP", "Store", "Plans", "Catalogs", "Workflows", "Crypto",
        sqlite,
      ],
      path: "Tests/Bench/Measure", swiftSettings: strict),
    .testTarget(name: "EndToEnd", dependencies: ["Support", "Faults"], swiftSettings: strict),
    .target(
      name: "Support", dependencies: [sqlite], path: "Tests/Support",
      exclude: [
        "arrow_result.py", "compare_staged.py", "parquet_rows.py", "verify_jwt.py", "Snowflake", "Redshift", "TDS",
      ],
      swiftSettings: strict),
  ] + (hasBundledArrow ? [] : [.systemLibrary(name: "CArrow", pkgConfig: "parquet")]),
  cxxLanguageStandard: .cxx20
)
