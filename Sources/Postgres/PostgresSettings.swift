/// Where a server is, and who logs in.
package struct PostgresSettings: Sendable, CustomStringConvertible {
  /// A name, an address, or the directory of a Unix socket.
  package var host: String
  package var port: Int
  package var database: String
  package var user: String
  /// Nil leaves it to libpq, which looks into `~/.pgpass`, and to servers that ask for none.
  package var password: String?
  /// libpq's `sslmode`; nil is its own default, `prefer`.
  package var sslMode: String?
  /// The file of authorities that the server's certificate is checked against.
  package var sslRootCertificate: String?
  /// Seconds until a server that does not answer is given up.
  package var connectTimeout: Int
  /// What the server's lists of connections call this one.
  package var applicationName: String
  /// Seconds of silence after which another connection asks whether the server still works for this one; nil asks never.
  package var silence: Int? = 60
  /// Seconds of silence after which the connection is given up; nil for no limit.
  package var patience: Int?
  /// Seconds that a server may take to obey a request to cancel, and to say so.
  package var grace = 10

  package init(
    host: String, port: Int = 5432, database: String, user: String, password: String? = nil, sslMode: String? = nil,
    sslRootCertificate: String? = nil, connectTimeout: Int = 15, applicationName: String = "scmplan"
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.sslMode = sslMode
    self.sslRootCertificate = sslRootCertificate
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
  }

  /// Without the password.
  package var description: String { "\(user)@\(host):\(port)/\(database)" }

  /// libpq's keywords: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
  ///
  /// A peer that is gone without a word is noticed within a minute and a half; one that is there and does nothing,
  /// by ``PostgresVigil``.
  var parameters: [(keyword: String, value: String)] {
    var parameters = [
      ("host", host), ("port", "\(port)"), ("dbname", database), ("user", user), ("client_encoding", "UTF8"),
      ("application_name", applicationName),
    ]
    parameters += Self.lifeSigns
    if let password { parameters.append(("password", password)) }
    if let sslMode { parameters.append(("sslmode", sslMode)) }
    if let sslRootCertificate { parameters.append(("sslrootcert", sslRootCertificate)) }
    return parameters
  }

  /// What makes TCP notice that the other machine is gone.
  package static let lifeSigns: [(keyword: String, value: String)] = [
    ("keepalives", "1"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "6"),
    ("tcp_user_timeout", "90000"),
  ]
}
