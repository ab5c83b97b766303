import Catalogs

/// The keys that each section may have.
enum SettingSchema {
  static let application: [SettingKey] = [
    .maxParallelTasks, .taskFetchInterval, .affinity, .metadataDatabase, .metadataSchema, .workerMemoryMb,
    .leaseSeconds, .heartbeatSeconds,
  ]
  static let state: [SettingKey] = [.url, .path]

  private static let server: [SettingKey] = [
    .platform, .host, .port, .username, .password, .database, .driver, .odbcConnectionString,
  ]

  static func keys(of platform: SourcePlatform) -> [SettingKey] {
    switch platform {
    case .sqlserver:
      server + [
        .encrypt, .trustServerCertificate, .applicationIntent, .connectTimeoutSeconds, .statementTimeoutSeconds,
        .lockTimeoutSeconds, .maxDOP,
      ]
    case .postgresql: server + [.sslmode, .sslrootcert, .connectTimeoutSeconds, .statementTimeoutSeconds]
    case .redshift:
      server + [
        .sslmode, .sslrootcert, .connectTimeoutSeconds, .statementTimeoutSeconds, .authMethod, .clusterID, .workgroup,
        .region, .profile, .accessKeyID,
        .secretAccessKey, .sessionToken, .roleARN, .unloadS3Bucket, .unloadIAMRoleARN,
      ]
    case .sqlite: [.platform, .path]
    }
  }

  static func keys(of platform: TargetPlatform) -> [SettingKey] {
    switch platform {
    case .snowflake: [.platform, .connectionName]
    case .sqlite: [.platform, .path]
    }
  }
}
