import Foundation

/// Finds credentials where AWS's own tools look for them, in their order.
///
/// Keys of the configuration; its profile; variables; the default profile; a web identity's token; a container's role; an
/// instance's role. A role of the configuration is then assumed with what was found.
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
package struct AWSCredentialChain: Sendable {
  package var caller: AWSCaller

  package init(_ caller: AWSCaller = AWSCaller()) { self.caller = caller }

  private var surroundings: AWSSurroundings { caller.surroundings }

  /// - Throws: ``AWSError``; ``AWSError/Kind/noCredentials`` says where was looked.
  package func credentials(_ signIn: AWSSignIn) throws(AWSError) -> AWSCredentials {
    let found = try base(signIn)
    guard let role = signIn.roleARN else { return found }
    return try assume(role, externalID: nil, with: found, region: signIn.region)
  }

  private func base(_ signIn: AWSSignIn) throws(AWSError) -> AWSCredentials {
    if let keys = signIn.keys { return keys }
    let profiles = try AWSProfiles(surroundings)
    if let name = signIn.profile { return try profile(name, profiles, region: signIn.region) }
    if let keys = environmentKeys { return keys }
    let name = surroundings.variable("AWS_PROFILE") ?? "default"
    if profiles[name] != nil || surroundings.variable("AWS_PROFILE") != nil {
      if let keys = try usable(name, profiles, region: signIn.region, seen: []) { return keys }
    }
    if let keys = try webIdentity(region: signIn.region) { return keys }
    if let keys = try AWSMetadata(caller).container() { return keys }
    if let keys = try AWSMetadata(caller).instance() { return keys }
    throw AWSError(
      .noCredentials, "AWS credentials",
      "none in the configuration, the environment, the profile \(name) of \(profiles.files.joined(separator: " and ")), "
        + "nor from a container or an instance; set access_key_id and secret_access_key, or profile")
  }

  private var environmentKeys: AWSCredentials? {
    guard let key = surroundings.variable("AWS_ACCESS_KEY_ID"),
      let secret = surroundings.variable("AWS_SECRET_ACCESS_KEY")
    else { return nil }
    return AWSCredentials(keyID: key, secretKey: secret, sessionToken: surroundings.variable("AWS_SESSION_TOKEN"))
  }

  private func profile(_ name: String, _ profiles: AWSProfiles, region: String) throws(AWSError) -> AWSCredentials {
    if let keys = try usable(name, profiles, region: region, seen: []) { return keys }
    throw AWSError(
      .noCredentials, "AWS profile \(name)",
      "it has neither keys nor a role nor a credential_process; add them in \(profiles.files.joined(separator: " or "))"
    )
  }

  /// The credentials of a profile; nil when it has no word about any.
  private func usable(
    _ name: String, _ profiles: AWSProfiles, region: String, seen: Set<String>
  ) throws(AWSError) -> AWSCredentials? {
    let place = "AWS profile \(name)"
    guard let values = profiles[name] else {
      throw AWSError(
        .noCredentials, place, "there is none of that name in \(profiles.files.joined(separator: " or "))")
    }
    guard !seen.contains(name) else {
      throw AWSError(.malformed, place, "its source_profile leads back to itself")
    }
    if let role = values["role_arn"] {
      let source = try source(of: values, place, profiles, region: region, seen: seen.union([name]))
      return try assume(role, externalID: values["external_id"], with: source, region: values["region"] ?? region)
    }
    if let keys = Self.keys(values) { return keys }
    if let command = values["credential_process"] { return try AWSCredentialProcess(command, place).run() }
    return nil
  }

  /// Who assumes a profile's role: another profile, or what the environment offers.
  private func source(
    of values: [String: String], _ place: String, _ profiles: AWSProfiles, region: String, seen: Set<String>
  ) throws(AWSError) -> AWSCredentials {
    if let other = values["source_profile"] {
      // A profile may keep its own keys beside the role that it assumes with them.
      if seen.contains(other), let keys = profiles[other].flatMap(Self.keys) { return keys }
      if let keys = try usable(other, profiles, region: region, seen: seen) { return keys }
      throw AWSError(.noCredentials, place, "its source_profile \(other) has no credentials")
    }
    let found: AWSCredentials? =
      switch values["credential_source"] {
      case "Environment": environmentKeys
      case "EcsContainer": try AWSMetadata(caller).container()
      case "Ec2InstanceMetadata": try AWSMetadata(caller).instance()
      default: nil
      }
    guard let found else {
      throw AWSError(
        .noCredentials, place, "role_arn needs a source_profile, or a credential_source that has credentials")
    }
    return found
  }

  private static func keys(_ values: [String: String]) -> AWSCredentials? {
    guard let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else { return nil }
    return AWSCredentials(keyID: key, secretKey: secret, sessionToken: values["aws_session_token"])
  }

  // MARK: Roles (AWS Security Token Service, API version 2011-06-15)

  private func assume(
    _ role: String, externalID: String?, with credentials: AWSCredentials, region: String
  ) throws(AWSError) -> AWSCredentials {
    var parameters = [("RoleArn", role), ("RoleSessionName", "scmplan")]
    if let externalID { parameters.append(("ExternalId", externalID)) }
    let answer = try caller.query(
      "sts", region: region, version: "2011-06-15", action: "AssumeRole", parameters, credentials: credentials)
    return try Self.temporary(answer, "sts AssumeRole")
  }

  private func webIdentity(region: String) throws(AWSError) -> AWSCredentials? {
    guard let file = surroundings.variable("AWS_WEB_IDENTITY_TOKEN_FILE"),
      let role = surroundings.variable("AWS_ROLE_ARN")
    else { return nil }
    guard let data = FileManager.default.contents(atPath: file), let token = String(data: data, encoding: .utf8) else {
      throw AWSError(.noCredentials, "AWS_WEB_IDENTITY_TOKEN_FILE", "\(file) cannot be read")
    }
    let answer = try caller.query(
      "sts", region: region, version: "2011-06-15", action: "AssumeRoleWithWebIdentity",
      [
        ("RoleArn", role), ("RoleSessionName", surroundings.variable("AWS_ROLE_SESSION_NAME") ?? "scmplan"),
        ("WebIdentityToken", token.trimmingCharacters(in: .whitespacesAndNewlines)),
      ], credentials: nil)
    return try Self.temporary(answer, "sts AssumeRoleWithWebIdentity")
  }

  private static func temporary(_ answer: AWSAnswer, _ operation: String) throws(AWSError) -> AWSCredentials {
    guard let key = answer["AccessKeyId"], let secret = answer["SecretAccessKey"], let token = answer["SessionToken"]
    else { throw AWSError(.malformed, operation, "the answer has no credentials") }
    return AWSCredentials(
      keyID: key, secretKey: secret, sessionToken: token, expiration: answer["Expiration"].flatMap(AWSTime.milliseconds)
    )
  }
}
