import Foundation
import FoundationXML
import HTTP

/// Objects of one bucket of S3, read with whatever credentials the chain finds.
///
/// Sources: S3's API, `GetObject` and `ListObjectsV2`.
package struct AWSObjects: Sendable {
  /// An object as a list tells it.
  package struct Object: Sendable, Hashable {
    package var key: String
    package var bytes: Int
    /// Without quotes.
    package var tag: String

    package init(key: String, bytes: Int, tag: String) {
      self.key = key
      self.bytes = bytes
      self.tag = tag
    }
  }

  private let caller: AWSCaller
  private let credentials: AWSCredentials
  private let region: String
  private let address: String
  private let bucket: String

  /// - Throws: ``AWSError`` when there are no credentials.
  package init(_ caller: AWSCaller, _ signIn: AWSSignIn, bucket: String) throws(AWSError) {
    self.caller = caller
    credentials = try AWSCredentialChain(caller).credentials(signIn)
    region = signIn.region
    self.bucket = bucket
    // Names with dots do not fit the certificate of AWS's hosts; a service of one's own has one host alone.
    let own = caller.endpoint("s3", region: region)
    let isOwn = !own.hasSuffix(".amazonaws.com") && !own.hasSuffix(".amazonaws.com.cn")
    address = isOwn || bucket.contains(".") ? "\(own)/\(bucket)" : own.replacing("https://", with: "https://\(bucket).")
  }

  /// An object's bytes, at most `limit` of them.
  package func read(_ key: String, limit: Int) throws(AWSError) -> [UInt8] {
    let path = PercentEncoding.encode(key, keeping: "/")
    return try send("\(address)/\(path)", "s3 GetObject of s3://\(bucket)/\(key)", limit: limit).body
  }

  /// All objects whose keys begin with `prefix`.
  package func list(_ prefix: String) throws(AWSError) -> [Object] {
    let operation = "s3 ListObjectsV2 of s3://\(bucket)/\(prefix)"
    var found: [Object] = []
    var token: String?
    repeat {
      // In the order that is signed.
      var items = [(name: "list-type", value: "2"), (name: "prefix", value: prefix)]
      if let token { items.insert((name: "continuation-token", value: token), at: 0) }
      let reply = try send("\(address)/?\(PercentEncoding.query(items))", operation, limit: 16 << 20)
      guard let list = AWSObjectList(reply.body) else { throw AWSError(.malformed, operation, "the answer is no list") }
      found += list.objects
      token = list.isTruncated ? list.next : nil
    } while token != nil
    return found
  }

  private func send(_ url: String, _ operation: String, limit: Int) throws(AWSError) -> HTTPResponse {
    var request = HTTPRequest(.get, url, destination: .memory(limit: limit))
    // SHA-256 of no bytes.
    request.headers["x-amz-content-sha256"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    request.signature = credentials.signature(region: region, service: "s3")
    return try caller.send(request, operation) { body in
      guard let answer = AWSAnswer(body), let code = answer["Code"] else { return nil }
      return (code, answer["Message"] ?? "")
    }
  }
}

/// The answer of `ListObjectsV2`.
private final class AWSObjectList: NSObject, XMLParserDelegate {
  private(set) var objects: [AWSObjects.Object] = []
  private(set) var isTruncated = false
  private(set) var next: String?
  /// The list was read to its end: the parser itself takes half of one for whole.
  private var isWhole = false
  private var current = ""
  private var object = AWSObjects.Object(key: "", bytes: 0, tag: "")

  init?(_ bytes: [UInt8]) {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.shouldResolveExternalEntities = false
    parser.delegate = self
    guard parser.parse(), isWhole else { return nil }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    current = ""
    if name == "Contents" { object = AWSObjects.Object(key: "", bytes: 0, tag: "") }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    switch name {
    case "Key": object.key = current
    case "Size": object.bytes = Int(current) ?? 0
    case "ETag": object.tag = current.filter { $0 != "\"" }
    case "Contents": objects.append(object)
    case "IsTruncated": isTruncated = current == "true"
    case "NextContinuationToken": next = current
    case "ListBucketResult": isWhole = true
    default: break
    }
    current = ""
  }
}
