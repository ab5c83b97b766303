import Catalogs
import Extraction
import Foundation
import Plans
import Support
import Testing

/// UNLOAD through the stand-in for Redshift into moto's S3, and what may go wrong there.
@Suite(.blocking) struct RedshiftUnloadTests {
  private static let rows =
    "CREATE TABLE t (n int, s varchar(20)); INSERT INTO t SELECT i, 'row ''\\' || i FROM generate_series(1, 1000) AS i"

  @Test(arguments: [false, true]) func tellsFilesThatAreThere(throughDriver: Bool) async throws {
    let sample = try RedshiftSample(Self.rows, try await SnowflakeBench.shared())
    let table = try sample.table("t")
    let session = try throughDriver ? sample.driverSession() : sample.session()
    let part = try session.extract(try sample.unloading(table, "1/2/3", digestColumns: ["n"])) { _ in }
    #expect(part.sourceRows == 1000 && part.rows == 1000 && part.files.map(\.rows) == [400, 400, 200])
    #expect(part.digest?.rows == 1000 && part.external?.stage == "DB.PUBLIC.LAKE")
    let url = try #require(part.external?.url)
    #expect(url.hasPrefix("s3://sfc-stage/") && url.hasSuffix("/1/2/3/"))
    #expect(part.files.map(\.path) == (0...2).map { "\(url)000\($0)_part_00.parquet" })
    #expect(part.files.allSatisfy { $0.bytes > 0 && $0.sha256.count == 64 })
    #expect(sample.standIn.log.contains("arn:aws:iam::123456789012:role/unload"))

    // Never into a folder that has something: an attempt has one of its own.
    #expect { try session.extract(try sample.unloading(table, "1/2/3")) { _ in } } throws: {
      "\($0)".contains("is not empty")
    }
    #expect(try sample.session().extract(try sample.unloading(table, "1/2/4")) { _ in }.rows == 1000)
  }

  @Test func noRowsAreNoFiles() async throws {
    let sample = try RedshiftSample("CREATE TABLE t (n int)", try await SnowflakeBench.shared())
    let part = try sample.session().extract(try sample.unloading(try sample.table("t"), "1")) { _ in }
    #expect(part.files.isEmpty && part.sourceRows == 0 && !sample.standIn.log.contains("unload"))
  }

  @Test(arguments: [
    ("denied", "Access Denied"), ("half", "SlowDown"), ("no-manifest", "cannot be read back"),
    ("bad-manifest", "is no manifest"), ("short-file", "is not there as its manifest says"),
    ("wrong-count", "1001 rows"), ("cut-unload", "connection broke"),
  ])
  func whatGoesWrongIsToldAndTriedAgain(fault: String, words: String) async throws {
    let sample = try RedshiftSample(Self.rows, try await SnowflakeBench.shared())
    let table = try sample.table("t")
    try sample.standIn.setFault(fault)
    #expect { try sample.session().extract(try sample.unloading(table, "1")) { _ in } } throws: { error in
      let text = "\(error)"
      return text.contains(words) && (fault == "cut-unload" || text.contains("stay"))
    }
    #expect(sample.standIn.hasFired)
    #expect(try sample.session().extract(try sample.unloading(table, "2")) { _ in }.rows == 1000)
  }

  /// What this side reads back of S3: its keys may not, have run out, or too much is asked of the bucket.
  @Test(arguments: [
    (403, "AccessDenied", false), (400, "ExpiredToken", false), (404, "NoSuchBucket", false), (404, "NoSuchKey", true),
    (503, "SlowDown", true), (500, "InternalError", true),
  ])
  func whatS3RefusesIsTold(status: Int, code: String, isTransient: Bool) async throws {
    let sample = try RedshiftSample(Self.rows, try await SnowflakeBench.shared())
    let server = try ScriptedServer { _ in
      .text("<Error><Code>\(code)</Code><Message>no &amp; never</Message></Error>", status: status)
    }
    sample.objects = server.url
    let table = try sample.table("t")
    #expect { try sample.session().extract(try sample.unloading(table, "1")) { _ in } } throws: { error in
      let error = error as? ExtractionError
      return error?.code == .stageFailed && error?.isTransient == isTransient && error?.message.contains(code) == true
        && error?.message.contains("the files stay at s3://") == true && error?.place == "table public.t"
    }
  }

  @Test(arguments: ["", "no manifest", "{", "{\"entries\": [{\"url\": 7}]}"]) func whatIsNoManifestIsTold(text: String)
    async throws
  {
    let sample = try RedshiftSample(Self.rows, try await SnowflakeBench.shared())
    let server = try ScriptedServer { _ in .text(text) }
    sample.objects = server.url
    let table = try sample.table("t")
    #expect { try sample.session().extract(try sample.unloading(table, "1")) { _ in } } throws: { error in
      "\(error)".contains("is no manifest of UNLOAD") && "\(error)".contains("the files stay at s3://")
    }
  }

  @Test func aConnectionWithoutABucketIsNamed() throws {
    let sample = try RedshiftSample(Self.rows)
    let table = try sample.table("t")
    let session = try sample.session()
    #expect { try session.extract(try sample.unloading(table, "1")) { _ in } } throws: {
      "\($0)".contains("unload_s3_bucket")
    }
    #expect { try session.unloadQuery(table: table.name, columns: [], filter: nil) } throws: {
      ($0 as? ExtractionError)?.code == .notAllowed
    }
  }

  @Test func thePlanShowsTheStatement() async throws {
    let sample = try RedshiftSample(Self.rows, try await SnowflakeBench.shared())
    let table = try sample.table("t")
    let shown = try sample.session().unloadQuery(
      table: table.name, columns: RedshiftSample.columns(table), filter: "s <> 'x'")
    #expect(
      shown.hasPrefix(
        "UNLOAD ('SELECT \"n\" AS c1, \"s\" AS c2 FROM \"public\".\"t\" WHERE (s <> ''x'') AND /* the part''s range */') TO 's3://sfc-stage/"
      ), "\(shown)")
    #expect(
      shown.hasSuffix(
        "IAM_ROLE 'arn:aws:iam::123456789012:role/unload' FORMAT PARQUET MANIFEST VERBOSE MAXFILESIZE 256 MB"))
  }
}
