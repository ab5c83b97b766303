/// How staged files become rows of the target (`loading`).
package struct LoadingStrategy: Hashable, Codable, Sendable {
  package var method: LoadingMethod
  package var verify: LoadVerification

  package init(method: LoadingMethod = .copy, verify: LoadVerification = .auto) {
    self.method = method
    self.verify = verify
  }

  /// Plans and states that were written before loads were verified lack the setting.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    method = try container.decode(LoadingMethod.self, forKey: .method)
    verify = try container.decodeIfPresent(LoadVerification.self, forKey: .verify) ?? .auto
  }
}

/// The service of the target that takes staged files in.
package enum LoadingMethod: String, Codable, Sendable, CaseIterable {
  /// A COPY in the transaction that also writes the ledger.
  case copy
  /// A pipe, told about the files through its REST interface.
  case snowpipe
}

/// Whether all parts of a table must be read from one state of the source (`snapshot`).
package enum SnapshotMode: String, Codable, Sendable, CaseIterable {
  /// The plan fails where the source has no snapshot to offer.
  case required
  /// A snapshot is used where there is one; the plan says where there is none.
  case preferred
  case none
}
