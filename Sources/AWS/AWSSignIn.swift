/// What a configuration says about signing in to AWS.
package struct AWSSignIn: Sendable {
  /// Keys that are written in the configuration.
  package var keys: AWSCredentials?
  /// A profile of the AWS files; nil for `AWS_PROFILE`, or `default`.
  package var profile: String?
  /// A role to assume with whatever else was found.
  package var roleARN: String?
  package var region: String

  package init(keys: AWSCredentials? = nil, profile: String? = nil, roleARN: String? = nil, region: String) {
    self.keys = keys
    self.profile = profile
    self.roleARN = roleARN
    self.region = region
  }
}
