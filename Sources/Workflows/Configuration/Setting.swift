/// What one key of the configuration holds.
package enum Setting: Hashable, Sendable {
  case text(String)
  case secret(Secret)
  case number(Int)
  case flag(Bool)
  case reference(Reference)
}

/// Keys of connections, `[application]` and `[state]`, spelled as in the file.
package enum SettingKey: String, Sendable, CaseIterable {
  case platform
  // Servers
  case host, port, username, password, database, driver
  case odbcConnectionString = "odbc_connection_string"
  // SQL Server
  case encrypt
  case trustServerCertificate = "trust_server_certificate"
  case applicationIntent = "application_intent"
  case lockTimeoutSeconds = "lock_timeout_seconds"
  case maxDOP = "max_degree_of_parallelism"
  // All but SQLite
  case connectTimeoutSeconds = "connect_timeout_seconds"
  case statementTimeoutSeconds = "statement_timeout_seconds"
  // PostgreSQL and Amazon Redshift
  case sslmode, sslrootcert
  // Amazon Redshift
  case authMethod = "auth_method"
  case clusterID = "cluster_id"
  case workgroup, region, profile
  case accessKeyID = "access_key_id"
  case secretAccessKey = "secret_access_key"
  case sessionToken = "session_token"
  case roleARN = "role_arn"
  case unloadS3Bucket = "unload_s3_bucket"
  case unloadIAMRoleARN = "unload_iam_role_arn"
  // SQLite, [state]
  case path, url
  // Snowflake
  case connectionName = "connection_name"
  // [application]
  case maxParallelTasks = "max_parallel_tasks"
  case taskFetchInterval = "task_fetch_interval"
  case affinity
  case metadataDatabase = "snowflake_database_for_metadata"
  case metadataSchema = "snowflake_schema_for_data_migration_metadata"
  case workerMemoryMb = "worker_memory_mb"
  case leaseSeconds = "lease_seconds"
  case heartbeatSeconds = "heartbeat_seconds"
}

extension SettingKey {
  /// What a key's value must be.
  enum Kind: Sendable {
    case text
    case secret
    case number(ClosedRange<Int>)
    case flag
    /// One of these words; `true` and `false` stand for `yes` and `no` where those are among them.
    case word([String])
  }

  var kind: Kind {
    switch self {
    case .password, .secretAccessKey, .sessionToken, .odbcConnectionString, .url: .secret
    case .port: .number(1...65_535)
    case .connectTimeoutSeconds: .number(1...3_600)
    case .statementTimeoutSeconds: .number(0...604_800)
    case .lockTimeoutSeconds: .number(1...86_400)
    case .maxDOP: .number(0...32_767)
    case .trustServerCertificate: .flag
    case .encrypt: .word(["yes", "no", "strict", "mandatory", "optional"])
    case .applicationIntent: .word(["ReadOnly", "ReadWrite"])
    case .sslmode: .word(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
    case .authMethod: .word(AuthenticationMethod.allCases.map(\.rawValue))
    case .maxParallelTasks: .number(1...1_024)
    case .taskFetchInterval: .number(1...86_400)
    case .workerMemoryMb: .number(64...1_048_576)
    case .leaseSeconds: .number(2...86_400)
    case .heartbeatSeconds: .number(1...43_200)
    default: .text
    }
  }

  /// The value that applies where the key is absent; nil where absence means something of its own.
  package var standard: Setting? {
    switch self {
    case .authMethod: .text(AuthenticationMethod.standard.rawValue)
    case .connectTimeoutSeconds: .number(15)
    case .statementTimeoutSeconds: .number(0)
    case .lockTimeoutSeconds: .number(60)
    case .maxDOP: .number(2)
    case .maxParallelTasks: .number(4)
    case .taskFetchInterval: .number(1)
    case .metadataDatabase: .text("SNOWCONVERT_AI")
    case .metadataSchema: .text("DATA_MIGRATION")
    case .workerMemoryMb: .number(256)
    case .leaseSeconds: .number(30)
    case .heartbeatSeconds: .number(5)
    default: nil
    }
  }
}

/// How a connection to Amazon Redshift proves who it is.
package enum AuthenticationMethod: String, Sendable, CaseIterable {
  case standard
  case provisionedCluster = "iam-provisioned-cluster"
  case serverless = "iam-serverless"
}
