/// The place of a stage in an object store.
package struct StageLocation: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case s3 = "S3"
    case azure = "AZURE"
    case gcs = "GCS"
    /// A folder of this machine; only servers for tests have such stages.
    case folder = "LOCAL_FS"
  }

  package var kind: Kind
  /// Bucket or container; empty for a folder.
  package var container: String
  /// What names of objects begin with: empty, or with a slash at its end. The whole path for a folder.
  package var prefix: String
  package var region: String
  package var storageAccount: String
  /// The host to use instead of the cloud's own, without the bucket; empty for none.
  package var endPoint: String
  package var usesRegionalURL: Bool
  package var usesVirtualURL: Bool
  /// Whether the client encrypts; false for stages with server-side encryption alone.
  package var isEncrypted: Bool

  init(_ info: StageWire.Info) throws(SnowflakeError) {
    guard let text = info.location, let kind = Kind(rawValue: (info.locationType ?? "").uppercased()) else {
      throw StageTransfer.unexpected("the stage is of the unknown kind \(info.locationType ?? "none")")
    }
    self.kind = kind
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if kind == .folder {
      container = ""
      prefix = text.hasSuffix("/") ? text : text + "/"
    } else {
      container = String(parts[0])
      let path = parts.count > 1 ? String(parts[1]) : ""
      prefix = path.isEmpty || path.hasSuffix("/") ? path : path + "/"
      guard !container.isEmpty else { throw StageTransfer.unexpected("the stage has no bucket") }
    }
    region = info.region ?? ""
    storageAccount = info.storageAccount ?? ""
    endPoint = info.endPoint ?? ""
    usesRegionalURL = info.useS3RegionalUrl == true || info.useRegionalUrl == true
    usesVirtualURL = info.useVirtualUrl == true
    isEncrypted = info.isClientSideEncrypted ?? true
  }
}

/// What opens the object store for a while. No description shows it.
enum StageCredentials: Sendable {
  case s3(keyID: SecretText, secretKey: SecretText, token: SecretText?)
  /// The query of a shared access signature, without `?`.
  case azure(SecretText)
  case gcs(SecretText)
  /// Addresses that need nothing more.
  case presigned
  case none

  init(_ info: StageWire.Info, _ kind: StageLocation.Kind) throws(SnowflakeError) {
    func field(_ names: String...) -> SecretText? {
      names.lazy.compactMap { info.creds?[$0]?.text }.first { !$0.isEmpty }.map { SecretText($0) }
    }
    switch kind {
    case .s3:
      guard let id = field("AWS_KEY_ID", "AWS_ID"), let secret = field("AWS_SECRET_KEY", "AWS_KEY") else {
        throw StageTransfer.unexpected("the stage came without credentials")
      }
      self = .s3(keyID: id, secretKey: secret, token: field("AWS_TOKEN"))
    case .azure:
      guard let token = field("AZURE_SAS_TOKEN") else {
        throw StageTransfer.unexpected("the stage came without credentials")
      }
      self = .azure(token.revealed.hasPrefix("?") ? SecretText(String(token.revealed.dropFirst())) : token)
    case .gcs: self = field("GCS_ACCESS_TOKEN").map { .gcs($0) } ?? .presigned
    case .folder: self = .none
    }
  }
}
