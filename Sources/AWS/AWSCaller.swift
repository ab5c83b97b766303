import Crypto
import Foundation
package import HTTP

/// Sends signed requests to AWS's APIs, again where that may help.
package struct AWSCaller: Sendable {
  package var surroundings: AWSSurroundings
  package var http: HTTPSettings
  /// How often a request is sent before it is given up.
  package var attempts: Int

  package init(_ surroundings: AWSSurroundings = .real, http: HTTPSettings = HTTPSettings(), attempts: Int = 5) {
    self.surroundings = surroundings
    self.http = http
    self.attempts = attempts
  }

  /// The address of a service: AWS's own, or where the standard variables lead.
  ///
  /// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
  func endpoint(_ service: String, region: String) -> String {
    let own = "AWS_ENDPOINT_URL_" + service.uppercased().replacing("-", with: "_")
    if let url = surroundings.variable(own) ?? surroundings.variable("AWS_ENDPOINT_URL") { return url }
    let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    return "https://\(service).\(region).\(domain)"
  }

  /// Calls an API that takes forms and answers XML, as Redshift and STS do.
  func query(
    _ service: String, region: String, version: String, action: String, _ parameters: [(String, String)],
    credentials: AWSCredentials?
  ) throws(AWSError) -> AWSAnswer {
    let items = [("Action", action), ("Version", version)] + parameters
    let body = PercentEncoding.query(items.map { (name: $0.0, value: $0.1) })
    var request = HTTPRequest(.post, endpoint(service, region: region) + "/")
    request.headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
    sign(&request, Array(body.utf8), credentials, region: region, service: service)
    let operation = "\(service) \(action)"
    let reply = try send(request, operation) { body in
      guard let answer = AWSAnswer(body), let code = answer["Code"] else { return nil }
      return (code, answer["Message"] ?? "")
    }
    guard let answer = AWSAnswer(reply.body) else {
      throw AWSError(
        .malformed, operation, "the answer is no XML; check that nothing between here and AWS answers for it")
    }
    return answer
  }

  /// Calls an API that speaks JSON, as Redshift Serverless does.
  func json(
    _ service: String, region: String, target: String, _ parameters: [String: String], credentials: AWSCredentials
  ) throws(AWSError) -> [String: Any] {
    let operation = "\(service) \(target.split(separator: ".").last ?? "")"
    guard let body = try? JSONSerialization.data(withJSONObject: parameters, options: .sortedKeys) else {
      throw AWSError(.malformed, operation, "the request cannot be written as JSON")
    }
    var request = HTTPRequest(.post, endpoint(service, region: region) + "/")
    request.headers["content-type"] = "application/x-amz-json-1.1"
    request.headers["x-amz-target"] = target
    sign(&request, Array(body), credentials, region: region, service: service)
    let reply = try send(request, operation) { body in
      guard let answer = Self.object(body), let type = (answer["__type"] ?? answer["code"]) as? String else {
        return nil
      }
      let code = type.split(separator: "#").last.map(String.init) ?? type
      return (code, (answer["message"] ?? answer["Message"]) as? String ?? "")
    }
    guard let answer = Self.object(reply.body) else {
      throw AWSError(
        .malformed, operation, "the answer is no JSON; check that nothing between here and AWS answers for it")
    }
    return answer
  }

  /// The digest of the body is part of what is signed.
  private func sign(
    _ request: inout HTTPRequest, _ body: [UInt8], _ credentials: AWSCredentials?, region: String, service: String
  ) {
    request.body = .bytes(body)
    guard let credentials else { return }
    request.headers["x-amz-content-sha256"] = Hashing.fingerprint(String(decoding: body, as: UTF8.self))
    request.signature = credentials.signature(region: region, service: service)
  }

  static func object(_ bytes: [UInt8]) -> [String: Any]? {
    (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
  }

  /// Sends until a success, a refusal that stays, or the last attempt.
  func send(
    _ request: HTTPRequest, _ operation: String, refusal: ([UInt8]) -> (code: String, message: String)?
  ) throws(AWSError) -> HTTPResponse {
    var last = AWSError(.unreachable, operation, "it was never sent")
    for attempt in 0..<attempts {
      // Full jitter over a ceiling that doubles: 0.1 s, 0.2 s, … 5 s.
      if attempt > 0 { surroundings.wait(.random(in: 0...min(5000, 50 << attempt))) }
      do {
        let reply = try client().send(request)
        if reply.isSuccess { return reply }
        let said = refusal(reply.body)
        last = AWSError(
          said == nil ? .unreachable : .refused, operation, code: said?.code ?? "\(reply.status)",
          said?.message ?? "AWS answered with status \(reply.status) and no reason",
          isTransient: Self.isTransient(said?.code, status: reply.status))
      } catch {
        last = AWSError(operation, error)
        // A certificate that is wrong does not mend itself.
        if error.kind == .tls { throw last }
      }
      guard last.isTransient else { throw last }
    }
    throw last
  }

  private func client() throws(HTTPError) -> HTTPClient { try HTTPClient(http) }

  /// Codes of throttling: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
  private static func isTransient(_ code: String?, status: Int) -> Bool {
    let throttling: Set<String> = [
      "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
      "TooManyRequestsException",
      "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown", "PriorRequestNotComplete",
      "TransactionInProgressException", "RequestTimeout", "RequestTimeoutException", "InternalFailure",
      "InternalServerException", "ServiceUnavailable",
    ]
    return code.map(throttling.contains) == true || status == 429 || status >= 500
  }
}
