import Crypto
import Foundation
import HTTP

/// Stages in S3, or in what speaks its protocol.
///
/// Formats: https://docs.aws.amazon.com/AmazonS3/latest/API/ and s3_storage_client.py of Snowflake's Python connector.
struct S3Store: ObjectStore {
  let access: StageAccess
  let options: StageOptions
  let cancellation: Cancellation?
  let caller: StorageCaller

  /// The digest of an empty body, as signatures want it.
  private static let emptyDigest = Hashing.fingerprint("")
  static let unsigned = "UNSIGNED-PAYLOAD"

  init(_ access: StageAccess, _ options: StageOptions, _ cancellation: Cancellation?) {
    self.access = access
    self.options = options
    self.cancellation = cancellation
    caller = StorageCaller(access, options, cancellation)
  }

  func head(_ name: String) throws(SnowflakeError) -> StoredObject? {
    let response = try caller.send("look for \(name)") { target throws(SnowflakeError) in
      try Self.request(.head, target, name)
    } judge: {
      $0.status == 404 ? .done : Self.judge($0)
    }
    return response.status == 404 ? nil : Self.object(response.headers)
  }

  func put(_ file: SealedFile, as name: String) throws(SnowflakeError) {
    guard file.storedSize < options.threshold else { return try putParts(file, as: name) }
    let source = try file.source()
    _ = try caller.send("upload \(name)") { target throws(SnowflakeError) in
      try Self.request(.put, target, name, headers: Self.headers(of: file), body: .source(source))
    } judge: {
      Self.judge($0)
    }
  }

  func get(_ name: String, _ sink: any ObjectSink) throws(SnowflakeError) -> StoredObject {
    let response = try caller.send("download \(name)") { target throws(SnowflakeError) in
      try sink.start()
      var request = try Self.request(.get, target, name)
      request.destination = .sink { try sink.take($0) }
      return request
    } judge: {
      Self.judge($0)
    }
    return Self.object(response.headers)
  }

  // MARK: Requests

  /// A signed request for an object.
  ///
  /// - Parameter query: sorted and encoded as it is signed.
  static func request(
    _ method: HTTPRequest.Method, _ target: StorageCaller.Target, _ name: String, query: String = "",
    headers: HTTPHeaders = [:], body: HTTPRequest.Body = .none
  ) throws(SnowflakeError) -> HTTPRequest {
    let location = target.transfer.location
    guard case .s3(let keyID, let secretKey, let token) = target.transfer.credentials else {
      throw StageTransfer.unexpected("the stage moved to another kind of store")
    }
    let host = target.host ?? Self.host(location)
    let path = PercentEncoding.encode(location.prefix + name, keeping: "/")
    var headers = headers
    switch body {
    case .none: headers["x-amz-content-sha256"] = emptyDigest
    case .bytes, .source: headers["x-amz-content-sha256"] = unsigned
    }
    return HTTPRequest(
      method, "https://\(host)/\(path)" + (query.isEmpty ? "" : "?" + query), headers: headers, body: body,
      signature: AWSSignature(
        keyID: keyID.revealed, secretKey: secretKey.revealed, sessionToken: token?.revealed,
        region: target.region ?? (location.region.isEmpty ? "us-east-1" : location.region)))
  }

  /// The host of a bucket: the given end point, else the region's own, which is right wherever the region is known.
  static func host(_ location: StageLocation) -> String {
    if !location.endPoint.isEmpty { return "\(location.container).\(location.endPoint)" }
    guard !location.region.isEmpty else { return "\(location.container).s3.amazonaws.com" }
    let domain = location.region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    return "\(location.container).s3.\(location.region).\(domain)"
  }

  static func headers(of file: SealedFile) -> HTTPHeaders {
    var headers: HTTPHeaders = ["Content-Type": "application/octet-stream", "x-amz-meta-sfc-digest": file.digest]
    if let seal = file.seal {
      headers["x-amz-meta-x-amz-iv"] = seal.object.iv
      headers["x-amz-meta-x-amz-key"] = seal.wrappedKey
      headers["x-amz-meta-x-amz-matdesc"] = seal.description
    }
    return headers
  }

  static func object(_ headers: HTTPHeaders) -> StoredObject {
    var object = StoredObject(
      size: headers["Content-Length"].flatMap { Int($0) } ?? 0, digest: headers["x-amz-meta-sfc-digest"])
    if let key = headers["x-amz-meta-x-amz-key"], let iv = headers["x-amz-meta-x-amz-iv"] {
      object.seal = ObjectSeal(wrappedKey: key, iv: iv, description: headers["x-amz-meta-x-amz-matdesc"])
    }
    return object
  }

  // MARK: Answers

  static func judge(_ response: HTTPResponse) -> StorageVerdict {
    let text = String(decoding: response.body.prefix(4096), as: UTF8.self)
    let code = element("Code", in: text)
    switch response.status {
    case 200..<300: return .done
    case 301, 302, 307, 308:
      let region = response.headers["x-amz-bucket-region"]
      guard let host = response.headers["Location"].flatMap(Self.hostOf) else {
        return .refused(code: code ?? "a redirection without a place")
      }
      return .elsewhere(host: host, region: region)
    // The answer to HEAD has no body: 400 stands for the one thing that can be wrong with a request of ours.
    case 400 where code == "ExpiredToken" || (code == nil && response.body.isEmpty): return .expired
    case 400 where code == "RequestTimeout": return .again
    case 403 where code == "ExpiredToken": return .expired
    case 403 where code == "RequestTimeTooSkewed":
      return .refused(code: "RequestTimeTooSkewed: set this machine's clock")
    case let status where mayPass(status): return .again
    default: return .refused(code: code ?? "")
    }
  }

  /// The content of the first element of a name: answers of S3 are flat.
  static func element(_ name: String, in xml: String) -> String? {
    guard let start = xml.range(of: "<\(name)>"), let end = xml.range(of: "</\(name)>"),
      start.upperBound <= end.lowerBound
    else { return nil }
    return String(xml[start.upperBound..<end.lowerBound])
  }

  /// The host, with its port, of an `https` address.
  private static func hostOf(_ location: String) -> String? {
    guard location.hasPrefix("https://") else { return nil }
    let host = location.dropFirst("https://".count).prefix { $0 != "/" && $0 != "?" }
    return host.isEmpty || host.contains("@") ? nil : String(host)
  }
}
