/// A name and a password that Redshift gave for a short while, and where to use them.
package struct RedshiftLogin: Sendable {
  package var host: String
  package var port: Int
  package var user: String
  package var password: String
  /// Milliseconds since 1970.
  package var expiration: Int64?
}

extension RedshiftLogin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "a login of \(user) at \(host):\(port)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Asks AWS for temporary database credentials.
///
/// Sources: Redshift's API of 2012-12-01 (`GetClusterCredentials`, `DescribeClusters`) and Redshift Serverless's of
/// 2021-04-21 (`GetCredentials`, `GetWorkgroup`).
package struct RedshiftSignIn: Sendable {
  package var caller: AWSCaller
  package var signIn: AWSSignIn

  package init(_ caller: AWSCaller = AWSCaller(), _ signIn: AWSSignIn) {
    self.caller = caller
    self.signIn = signIn
  }

  /// A login to a provisioned cluster as an existing user of the database.
  ///
  /// - Parameter address: host and port where the configuration names them; AWS is asked otherwise.
  package func cluster(
    _ cluster: String, user: String, database: String, address: (host: String, port: Int)?
  ) throws(AWSError) -> RedshiftLogin {
    let credentials = try AWSCredentialChain(caller).credentials(signIn)
    let place: (host: String, port: Int)
    if let address { place = address } else { place = try self.address(ofCluster: cluster, credentials) }
    let answer = try redshift(
      "GetClusterCredentials",
      [
        ("ClusterIdentifier", cluster), ("DbUser", user), ("DbName", database), ("AutoCreate", "false"),
        ("DurationSeconds", "3600"),
      ], credentials)
    guard let name = answer["DbUser"], let password = answer["DbPassword"] else {
      throw AWSError(.malformed, "redshift GetClusterCredentials", "the answer has no credentials")
    }
    return RedshiftLogin(
      host: place.host, port: place.port, user: name, password: password,
      expiration: answer["Expiration"].flatMap(AWSTime.milliseconds))
  }

  private func address(
    ofCluster cluster: String, _ credentials: AWSCredentials
  ) throws(AWSError) -> (host: String, port: Int) {
    let answer = try redshift("DescribeClusters", [("ClusterIdentifier", cluster)], credentials)
    guard let host = answer["Address"], let port = answer["Port"].flatMap(Int.init) else {
      throw AWSError(
        .malformed, "redshift DescribeClusters",
        "cluster \(cluster) has no address yet; set host, or wait until it runs")
    }
    return (host, port)
  }

  private func redshift(
    _ action: String, _ parameters: [(String, String)], _ credentials: AWSCredentials
  ) throws(AWSError) -> AWSAnswer {
    try caller.query(
      "redshift", region: signIn.region, version: "2012-12-01", action: action, parameters, credentials: credentials)
  }

  /// A login to a serverless workgroup as the user that AWS makes of the caller's identity.
  package func serverless(
    _ workgroup: String, database: String, address: (host: String, port: Int)?
  ) throws(AWSError) -> RedshiftLogin {
    let credentials = try AWSCredentialChain(caller).credentials(signIn)
    let place: (host: String, port: Int)
    if let address { place = address } else { place = try self.address(ofWorkgroup: workgroup, credentials) }
    let answer = try serverlessAPI("GetCredentials", ["workgroupName": workgroup, "dbName": database], credentials)
    guard let name = answer["dbUser"] as? String, let password = answer["dbPassword"] as? String else {
      throw AWSError(.malformed, "redshift-serverless GetCredentials", "the answer has no credentials")
    }
    let seconds = answer["expiration"] as? Double
    return RedshiftLogin(
      host: place.host, port: place.port, user: name, password: password,
      expiration: seconds.map { Int64($0 * 1000) })
  }

  private func address(
    ofWorkgroup workgroup: String, _ credentials: AWSCredentials
  ) throws(AWSError) -> (host: String, port: Int) {
    let answer = try serverlessAPI("GetWorkgroup", ["workgroupName": workgroup], credentials)
    let endpoint = (answer["workgroup"] as? [String: Any])?["endpoint"] as? [String: Any]
    guard let host = endpoint?["address"] as? String, let port = endpoint?["port"] as? Int else {
      throw AWSError(
        .malformed, "redshift-serverless GetWorkgroup",
        "workgroup \(workgroup) has no address yet; set host, or wait until it runs")
    }
    return (host, port)
  }

  private func serverlessAPI(
    _ action: String, _ parameters: [String: String], _ credentials: AWSCredentials
  ) throws(AWSError) -> [String: Any] {
    try caller.json(
      "redshift-serverless", region: signIn.region, target: "RedshiftServerless.\(action)", parameters,
      credentials: credentials)
  }
}
