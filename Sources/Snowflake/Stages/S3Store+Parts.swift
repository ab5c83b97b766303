import Crypto
import Foundation
import HTTP
import Synchronization

extension S3Store {
  /// What the threads that upload the parts of one file share.
  private struct Upload {
    var maker: PartMaker
    /// By number.
    var etags: [Int: String] = [:]
    var failure: SnowflakeError?
  }

  /// Uploads a file in parts, some at a time. Whatever fails, nothing of it is left in the bucket.
  func putParts(_ file: SealedFile, as name: String) throws(SnowflakeError) {
    let operation = "upload \(name)"
    let began = try caller.send(operation) { target throws(SnowflakeError) in
      try Self.request(.post, target, name, query: "uploads=", headers: Self.headers(of: file))
    } judge: {
      Self.judge($0)
    }
    guard let id = Self.element("UploadId", in: String(decoding: began.body, as: UTF8.self)) else {
      throw SnowflakeError(.unexpectedAnswer, operation: operation, message: "the store gave the upload no id")
    }
    let encoded = PercentEncoding.encode(id)
    do {
      let etags = try sendParts(file, name, encoded)
      try complete(file, name, encoded, etags)
    } catch {
      abort(name, encoded)
      throw error
    }
  }

  private func sendParts(_ file: SealedFile, _ name: String, _ id: String) throws(SnowflakeError) -> [Int: String] {
    let size = options.partSize(for: file.storedSize)
    let upload = Mutex(Upload(maker: try PartMaker(file, partSize: size)))
    let parts = (file.storedSize + size - 1) / size
    let (access, options, cancellation) = (access, options, cancellation)
    Workers.run(min(options.parallel, parts)) {
      let caller = StorageCaller(access, options, cancellation)
      // Making parts is one thread's affair at a time, sending them is not.
      while let part = Self.nextPart(upload) {
        do throws(SnowflakeError) {
          let etag = try Self.send(part, name, id, caller)
          upload.withLock { $0.etags[part.number] = etag }
        } catch {
          upload.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    return try upload.withLock { upload throws(SnowflakeError) in
      if let failure = upload.failure { throw failure }
      guard upload.etags.count == parts else { throw file.changed }
      return upload.etags
    }
  }

  /// The next part, unless something failed.
  private static func nextPart(_ upload: borrowing Mutex<Upload>) -> PartMaker.Part? {
    upload.withLock { upload in
      guard upload.failure == nil else { return nil }
      do throws(SnowflakeError) {
        return try upload.maker.next()
      } catch {
        upload.failure = error
        return nil
      }
    }
  }

  private static func send(
    _ part: PartMaker.Part, _ name: String, _ id: String, _ caller: StorageCaller
  ) throws(SnowflakeError) -> String {
    let response = try caller.send("upload part \(part.number) of \(name)") { target throws(SnowflakeError) in
      try request(
        .put, target, name, query: "partNumber=\(part.number)&uploadId=\(id)", body: .bytes(part.bytes))
    } judge: {
      judge($0)
    }
    guard let etag = response.headers["ETag"] else {
      throw SnowflakeError(
        .unexpectedAnswer, operation: "upload part \(part.number) of \(name)", message: "the store gave it no tag")
    }
    return etag
  }

  /// Makes one object of the parts. Its answer may be an error although its status is 200; and when it was lost, the
  /// upload is gone at the second try although the object is there.
  private func complete(
    _ file: SealedFile, _ name: String, _ id: String, _ etags: [Int: String]
  ) throws(SnowflakeError) {
    let list = etags.sorted { $0.key < $1.key }.map {
      "<Part><ETag>\($0.value)</ETag><PartNumber>\($0.key)</PartNumber></Part>"
    }
    let body = "<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>"
    let response = try caller.send("complete \(name)") { target throws(SnowflakeError) in
      try Self.request(
        .post, target, name, query: "uploadId=\(id)", headers: ["Content-Type": "application/xml"],
        body: .bytes(Array(body.utf8)))
    } judge: { response in
      let code = Self.element("Code", in: String(decoding: response.body.prefix(4096), as: UTF8.self))
      if code == "NoSuchUpload" { return .done }
      if response.status == 200, let code {
        return code == "InternalError" || code == "SlowDown" ? .again : .refused(code: code)
      }
      return Self.judge(response)
    }
    guard response.status != 200 else { return }
    guard let object = try head(name), object.size == file.storedSize, object.seal == file.seal?.object,
      object.digest == file.digest
    else {
      throw SnowflakeError(.unexpectedAnswer, operation: "complete \(name)", message: "the store lost the upload")
    }
  }

  /// Lets the store forget the parts. One that cannot be reached forgets them when its bucket's rules say so.
  private func abort(_ name: String, _ id: String) {
    var brief = options
    brief.retries = RetryPolicy(shortest: 100, longest: 100, budget: 1000, minimumAttempts: 1)
    let caller = StorageCaller(access, brief, nil)
    _ = try? caller.send("abort \(name)") { target throws(SnowflakeError) in
      try Self.request(.delete, target, name, query: "uploadId=\(id)")
    } judge: {
      Self.judge($0)
    }
  }
}
