import HTTP

/// Stages in Google Cloud Storage, with a token or with an address for one object.
///
/// Formats: the XML API and gcs_storage_client.py of Snowflake's Python connector. Only ever run against scripted
/// servers.
struct GCSStore: ObjectStore {
  private let caller: StorageCaller

  init(_ access: StageAccess, _ options: StageOptions, _ cancellation: Cancellation?) {
    caller = StorageCaller(access, options, cancellation)
  }

  /// With an address alone there is no asking: such an address is for one method.
  func head(_ name: String) throws(SnowflakeError) -> StoredObject? {
    let response = try caller.send("look for \(name)") { target throws(SnowflakeError) in
      guard case .gcs = target.transfer.credentials else {
        throw SnowflakeError(
          .configuration, operation: "look for \(name)", message: "a stage of presigned addresses cannot be asked")
      }
      return try Self.request(.head, target, name)
    } judge: {
      $0.status == 404 ? .done : Self.judge($0)
    }
    return response.status == 404 ? nil : Self.object(response.headers)
  }

  func put(_ file: SealedFile, as name: String) throws(SnowflakeError) {
    let source = try file.source()
    _ = try caller.send("upload \(name)") { target throws(SnowflakeError) in
      var headers: HTTPHeaders = [
        "Content-Type": "application/octet-stream", "x-goog-meta-sfc-digest": file.digest,
      ]
      if let seal = file.seal {
        headers["x-goog-meta-matdesc"] = seal.description
        headers["x-goog-meta-encryptiondata"] = EncryptionData.text(seal.object, algorithm: "AES_CBC_256")
      }
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

  private static func request(
    _ method: HTTPRequest.Method, _ target: StorageCaller.Target, _ name: String, headers: HTTPHeaders = [:],
    body: HTTPRequest.Body = .none
  ) throws(SnowflakeError) -> HTTPRequest {
    var headers = headers
    guard case .gcs(let token) = target.transfer.credentials else {
      return HTTPRequest(method, try presigned(target.transfer, name), headers: headers, body: body)
    }
    headers["Authorization"] = "Bearer \(token.revealed)"
    let location = target.transfer.location
    let path = PercentEncoding.encode(location.prefix + name, keeping: "/")
    return HTTPRequest(method, "\(base(location))/\(path)", headers: headers, body: body)
  }

  /// The address of one object: an upload has one, a download one for each file.
  private static func presigned(_ transfer: StageTransfer, _ name: String) throws(SnowflakeError) -> String {
    let index = transfer.command == .upload ? 0 : transfer.files.firstIndex(of: name)
    guard let index, transfer.fileURLs.indices.contains(index) else {
      throw StageTransfer.unexpected("there is neither a token nor an address for \(name)")
    }
    return transfer.fileURLs[index].revealed
  }

  /// Where names of objects follow.
  static func base(_ location: StageLocation) -> String {
    if !location.endPoint.isEmpty { return "https://\(location.endPoint)/\(location.container)" }
    if location.usesVirtualURL { return "https://\(location.container).storage.googleapis.com" }
    if location.usesRegionalURL || location.region.lowercased() == "me-central2" {
      return "https://storage.\(location.region.lowercased()).rep.googleapis.com/\(location.container)"
    }
    return "https://storage.googleapis.com/\(location.container)"
  }

  private static func object(_ headers: HTTPHeaders) -> StoredObject {
    StoredObject(
      size: headers["Content-Length"].flatMap { Int($0) } ?? 0, digest: headers["x-goog-meta-sfc-digest"],
      seal: headers["x-goog-meta-encryptiondata"].flatMap {
        EncryptionData.seal($0, description: headers["x-goog-meta-matdesc"])
      })
  }

  private static func judge(_ response: HTTPResponse) -> StorageVerdict {
    switch response.status {
    case 200..<300: .done
    // 401 for a token, 400 for an address that ended.
    case 401, 400: .expired
    case let status where mayPass(status): .again
    default:
      .refused(code: S3Store.element("Code", in: String(decoding: response.body.prefix(4096), as: UTF8.self)) ?? "")
    }
  }
}
