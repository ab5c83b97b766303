/// The identity of a text: the SHA-256 of its UTF-8, in hexadecimal.
///
/// The pure modules take the function from outside, so that they need no cryptographic library.
package typealias Fingerprint = @Sendable (String) -> String
