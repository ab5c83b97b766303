import Crypto
import Foundation
import HTTP

/// Stages in Azure Blob Storage.
///
/// Formats: the Blob service's REST API and azure_storage_client.py of Snowflake's Python connector. Only ever run
/// against scripted servers.
struct AzureStore: ObjectStore {
  private let options: StageOptions
  private let caller: StorageCaller
  private static let version = "2021-08-06"

  init(_ access: StageAccess, _ options: StageOptions, _ cancellation: Cancellation?) {
    self.options = options
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
    guard file.storedSize < options.threshold else { return try putBlocks(file, as: name) }
    let source = try file.source()
    _ = try caller.send("upload \(name)") { target throws(SnowflakeError) in
      var headers = Self.headers(of: file)
      headers["x-ms-blob-type"] = "BlockBlob"
      headers["Content-Encoding"] = "utf-8"
      return try Self.request(.put, target, name, headers: headers, body: .source(source))
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

  /// Uploads a file block by block, then names the blocks; until then the object is what it was before.
  private func putBlocks(_ file: SealedFile, as name: String) throws(SnowflakeError) {
    var maker = try PartMaker(file, partSize: options.partSize(for: file.storedSize))
    var list = ""
    let md5: MD5
    do {
      md5 = try MD5()
    } catch {
      throw SnowflakeError(.configuration, operation: "upload \(name)", message: error.reason, underlying: error)
    }
    while let part = try maker.next() {
      part.bytes.withUnsafeBytes { md5.update($0) }
      // Ids have one length within a blob.
      let number = String(part.number)
      let id = Data((String(repeating: "0", count: 12 - number.count) + number).utf8).base64EncodedString()
      list += "<Latest>\(id)</Latest>"
      _ = try caller.send("upload block \(part.number) of \(name)") { target throws(SnowflakeError) in
        try Self.request(
          .put, target, name, query: "comp=block&blockid=\(PercentEncoding.encode(id))", body: .bytes(part.bytes))
      } judge: {
        Self.judge($0)
      }
    }
    let digest = Data(md5.finalize()).base64EncodedString()
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>\(list)</BlockList>"
    _ = try caller.send("complete \(name)") { target throws(SnowflakeError) in
      var headers = Self.headers(of: file)
      headers["Content-Type"] = "application/xml"
      headers["x-ms-blob-content-encoding"] = "utf-8"
      headers["x-ms-blob-content-md5"] = digest
      return try Self.request(
        .put, target, name, query: "comp=blocklist", headers: headers, body: .bytes(Array(body.utf8)))
    } judge: {
      Self.judge($0)
    }
  }

  private static func request(
    _ method: HTTPRequest.Method, _ target: StorageCaller.Target, _ name: String, query: String = "",
    headers: HTTPHeaders = [:], body: HTTPRequest.Body = .none
  ) throws(SnowflakeError) -> HTTPRequest {
    let location = target.transfer.location
    guard case .azure(let signature) = target.transfer.credentials else {
      throw StageTransfer.unexpected("the stage moved to another kind of store")
    }
    let path = PercentEncoding.encode("\(location.container)/\(location.prefix)\(name)", keeping: "/")
    let parameters = query.isEmpty ? signature.revealed : "\(query)&\(signature.revealed)"
    var headers = headers
    headers["x-ms-version"] = version
    return HTTPRequest(
      method, "https://\(target.host ?? host(location))/\(path)?\(parameters)", headers: headers, body: body)
  }

  /// `account.blob.core.windows.net`; the end point may come with or without its `blob.`.
  static func host(_ location: StageLocation) -> String {
    let given = location.endPoint.isEmpty ? "core.windows.net" : location.endPoint
    let suffix = given.hasPrefix("blob.") ? String(given.dropFirst("blob.".count)) : given
    return "\(location.storageAccount).blob.\(suffix)"
  }

  private static func headers(of file: SealedFile) -> HTTPHeaders {
    var headers: HTTPHeaders = [
      "Content-Type": "application/octet-stream", "x-ms-meta-sfcdigest": file.digest,
    ]
    if let seal = file.seal {
      headers["x-ms-meta-matdesc"] = seal.description
      headers["x-ms-meta-encryptiondata"] = EncryptionData.text(seal.object, algorithm: "AES_CBC_128")
    }
    return headers
  }

  private static func object(_ headers: HTTPHeaders) -> StoredObject {
    StoredObject(
      size: headers["Content-Length"].flatMap { Int($0) } ?? 0, digest: headers["x-ms-meta-sfcdigest"],
      seal: headers["x-ms-meta-encryptiondata"].flatMap {
        EncryptionData.seal($0, description: headers["x-ms-meta-matdesc"])
      })
  }

  private static func judge(_ response: HTTPResponse) -> StorageVerdict {
    let text = String(decoding: response.body.prefix(4096), as: UTF8.self)
    let code = response.headers["x-ms-error-code"] ?? S3Store.element("Code", in: text)
    switch response.status {
    case 200..<300: return .done
    // A signature that ended is told from one that was never right by its text alone, and on HEAD not even by that.
    case 403 where code == nil || code == "AuthenticationFailed": return .expired
    case let status where mayPass(status): return .again
    default: return .refused(code: code ?? "")
    }
  }
}
