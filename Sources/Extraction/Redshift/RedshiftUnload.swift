package import AWS
import Catalogs
import Crypto
import Faults
import Foundation
import Plans
import Postgres

/// Where UNLOAD writes, as whom, and how what it wrote is read back.
package struct RedshiftUnload: Sendable {
  /// The bucket's name alone.
  package var bucket: String
  /// What all keys begin with, a slash at its end; empty for none.
  package var folder: String
  /// As whom the cluster writes.
  package var role: String
  /// How this side signs in, to read manifests.
  package var signIn: AWSSignIn
  package var caller: AWSCaller

  /// - Parameter place: `bucket`, `bucket/folder`, or the same behind `s3://`.
  package init(place: String, role: String, signIn: AWSSignIn, caller: AWSCaller = AWSCaller()) {
    let plain = place.hasPrefix("s3://") ? String(place.dropFirst(5)) : place
    let parts = plain.split(separator: "/").map(String.init)
    bucket = parts.first ?? ""
    folder = parts.dropFirst().map { $0 + "/" }.joined()
    self.role = role
    self.signIn = signIn
    self.caller = caller
  }

  /// The keys of one attempt begin with this.
  func prefix(_ path: String) -> String { "\(folder)\(path)/" }

  func url(_ path: String) -> String { "s3://\(bucket)/\(prefix(path))" }

  func statement(_ query: String, to url: String) -> String {
    "UNLOAD (\(RedshiftLiteral.quoted(query))) TO \(RedshiftLiteral.quoted(url)) IAM_ROLE \(RedshiftLiteral.quoted(role)) "
      + "FORMAT PARQUET MANIFEST VERBOSE MAXFILESIZE 256 MB"
  }

  /// Columns are called by their place: Redshift folds the names of a result, and Parquet's readers do not.
  static func query(_ columns: [ColumnPlan], of table: Table, clause: String) -> String {
    let list = columns.enumerated().map { index, plan in
      let type = RedshiftType(table.column(plan.source)?.declaredType ?? plan.sourceType)
      return "\(type.unloaded(Identifier.quoted(plan.source), as: plan.type)) AS \(ExternalFiles.column(index))"
    }
    return "SELECT \(list.joined(separator: ", ")) FROM \(table.postgresName)\(clause)"
  }
}

extension RedshiftSourceSession {
  /// Not `READ ONLY`: UNLOAD reads tables and writes files, and no documentation says that such a transaction may.
  private static let beginUnload = "BEGIN"

  /// Lets the cluster write the part's rows to S3, and checks what it says it wrote against the count and the bucket.
  func unload(_ request: ExtractRequest, _ external: ExternalRequest, _ pacer: ProgressPacer) throws -> StagedPart {
    let place = "table \(request.table)"
    let unload = try unloading()
    let url = unload.url(external.path)
    let counted = try reading(at: place, begin: Self.beginUnload, pacer.tick) { () -> (rows: Int, digest: RowDigest?) in
      let (table, predicate) = try expected(request, pacer)
      let digest = try request.digestColumns.map { try self.digest($0, of: table, predicate, wait: pacer.tick) }
      let rows = try digest?.rows ?? count(table, predicate, wait: pacer.tick)
      // What UNLOAD writes of no rows is nowhere said.
      if rows > 0 {
        let query = RedshiftUnload.query(request.columns, of: table, clause: predicate.clause)
        do {
          try connection.execute(unload.statement(query, to: url), wait: pacer.tick)
        } catch let error as PostgresError where error.code == .server {
          // What S3 says comes as an internal error of Redshift; its own 5xx pass.
          let isPassing = error.isTransient || error.message.contains("Status 5")
          throw ExtractionError(
            .stageFailed, at: place,
            "UNLOAD to \(url) failed: \(error); check unload_iam_role_arn and what the role may do with the bucket. Files that "
              + "were written stay there", isTransient: isPassing)
        }
      }
      return (rows, digest)
    }
    try pacer.tick()
    guard counted.rows > 0 else { return StagedPart(files: [], sourceRows: 0, digest: counted.digest) }
    let files = try RedshiftManifest.read(unload, external.path, at: place)
    let told = files.reduce(0) { $0 + $1.rows }
    guard told == counted.rows else {
      throw ExtractionError(
        .countMismatch, at: place,
        "UNLOAD says that it wrote \(told) rows to \(url) where Redshift counts \(counted.rows) in the same transaction; they "
          + "stay there", isTransient: true)
    }
    try FaultPoint.reach(.extractAfterCount)
    pacer.rows = told
    pacer.bytes = { files.reduce(0) { $0 + $1.bytes } }
    defer { pacer.bytes = nil }
    try pacer.tell()
    return StagedPart(
      files: files, sourceRows: counted.rows, digest: counted.digest,
      external: ExternalFiles(stage: external.stage, url: url))
  }
}

/// The manifest that UNLOAD writes behind its files.
///
/// Format: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD_command_examples.html, `MANIFEST VERBOSE`.
struct RedshiftManifest: Decodable {
  struct Entry: Decodable {
    struct Meta: Decodable {
      var content_length: Int
      var record_count: Int
    }
    var url: String
    var meta: Meta
  }
  var entries: [Entry]

  /// The files of an attempt, each where the manifest says and as long as it says.
  static func read(_ unload: RedshiftUnload, _ path: String, at place: String) throws -> [StagedFile] {
    let url = unload.url(path)
    let prefix = unload.prefix(path)
    func failure(_ what: String, isTransient: Bool = true) -> ExtractionError {
      ExtractionError(.stageFailed, at: place, "\(what); the files stay at \(url)", isTransient: isTransient)
    }
    let manifest: RedshiftManifest
    let objects: [String: AWSObjects.Object]
    do {
      let bucket = try AWSObjects(unload.caller, unload.signIn, bucket: unload.bucket)
      let bytes = try bucket.read(prefix + "manifest", limit: 64 << 20)
      guard let read = try? JSONDecoder().decode(RedshiftManifest.self, from: Data(bytes)) else {
        throw failure("\(url)manifest is no manifest of UNLOAD with MANIFEST VERBOSE")
      }
      manifest = read
      objects = Dictionary(try bucket.list(prefix).map { ($0.key, $0) }) { first, _ in first }
    } catch let error as AWSError {
      throw failure(
        "what UNLOAD wrote cannot be read back: \(error); the source connection's AWS identity needs s3:GetObject and "
          + "s3:ListBucket there", isTransient: error.isTransient || error.code == "NoSuchKey")
    }
    let start = "s3://\(unload.bucket)/"
    return try manifest.entries.filter { $0.meta.record_count > 0 }.map { entry in
      let key = String(entry.url.dropFirst(start.count))
      guard entry.url.hasPrefix(start + prefix), !key.dropFirst(prefix.count).contains("/") else {
        throw failure("its manifest names a file elsewhere")
      }
      guard let object = objects[key], object.bytes == entry.meta.content_length else {
        throw failure("\(entry.url) is not there as its manifest says, with \(entry.meta.content_length) bytes")
      }
      return StagedFile(
        path: entry.url, rows: entry.meta.record_count, bytes: object.bytes,
        sha256: Hashing.fingerprint("\(entry.url) \(object.bytes) \(object.tag)"))
    }
  }
}
