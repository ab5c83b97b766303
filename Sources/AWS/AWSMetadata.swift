import Foundation
import HTTP

/// The roles that AWS gives to containers and instances, asked of addresses only they can reach.
///
/// Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html and
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html (version 2)
struct AWSMetadata {
  private let caller: AWSCaller

  init(_ caller: AWSCaller) { self.caller = caller }

  private var surroundings: AWSSurroundings { caller.surroundings }

  /// Nil where no container's variables are set.
  func container() throws(AWSError) -> AWSCredentials? {
    let url: String
    if let path = surroundings.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      url = surroundings.containerMetadata + path
    } else if let full = surroundings.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
      url = full
    } else {
      return nil
    }
    let operation = "the container's credentials"
    var headers = HTTPHeaders()
    if let file = surroundings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      guard let data = FileManager.default.contents(atPath: file), let token = String(data: data, encoding: .utf8)
      else {
        throw AWSError(.noCredentials, operation, "\(file) cannot be read")
      }
      headers["authorization"] = token.trimmingCharacters(in: .whitespacesAndNewlines)
    } else if let token = surroundings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
      headers["authorization"] = token
    }
    return try keys(try get(.get, url, headers, operation), operation)
  }

  /// Nil where no instance's address answers, or its use is switched off.
  func instance() throws(AWSError) -> AWSCredentials? {
    guard surroundings.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else { return nil }
    let operation = "the instance's role"
    let root = surroundings.instanceMetadata + "/latest/"
    // Elsewhere nothing answers at that address: one quick try tells.
    guard let bytes = try? get(.put, root + "api/token", ["x-aws-ec2-metadata-token-ttl-seconds": "300"], operation)
    else { return nil }
    let token: HTTPHeaders = ["x-aws-ec2-metadata-token": String(decoding: bytes, as: UTF8.self)]
    let list = root + "meta-data/iam/security-credentials/"
    guard let roles = try? get(.get, list, token, operation) else { return nil }
    guard let role = String(decoding: roles, as: UTF8.self).split(separator: "\n").first else { return nil }
    return try keys(try get(.get, list + role, token, operation), operation)
  }

  private func get(
    _ method: HTTPRequest.Method, _ url: String, _ headers: HTTPHeaders, _ operation: String
  ) throws(AWSError) -> [UInt8] {
    var request = HTTPRequest(method, url)
    request.headers = headers
    request.timeouts = HTTPTimeouts(connect: 1000, total: 5000)
    do {
      var settings = caller.http
      settings.proxy = .none
      let reply = try HTTPClient(settings).send(request)
      guard reply.isSuccess else {
        throw AWSError(.noCredentials, operation, code: "\(reply.status)", "its address refuses")
      }
      return reply.body
    } catch let error as HTTPError {
      throw AWSError(operation, error)
    } catch let error as AWSError {
      throw error
    } catch {
      throw AWSError(.unreachable, operation, "\(error)")
    }
  }

  private func keys(_ bytes: [UInt8], _ operation: String) throws(AWSError) -> AWSCredentials {
    guard let answer = AWSCaller.object(bytes), let key = answer["AccessKeyId"] as? String,
      let secret = answer["SecretAccessKey"] as? String
    else { throw AWSError(.malformed, operation, "the answer has no credentials") }
    return AWSCredentials(
      keyID: key, secretKey: secret, sessionToken: answer["Token"] as? String,
      expiration: (answer["Expiration"] as? String).flatMap(AWSTime.milliseconds))
  }
}
