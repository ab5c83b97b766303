import Snowflake
import Testing

/// Answers to PUT and GET, right ones and wrong ones.
@Suite struct StageTransferTests {
  private static let key = "MDEyMzQ1Njc4OWFiY2RlZg=="

  private func read(_ info: String, _ rest: String = #""command": "UPLOAD""#) throws(SnowflakeError) -> StageTransfer {
    try StageTransfer(answer: Array(#"{"data": {"stageInfo": {\#(info)}, \#(rest)}, "success": true}"#.utf8))
  }

  @Test func anUploadToS3() throws {
    let transfer = try read(
      #""locationType": "S3", "location": "bucket/a/b", "region": "eu-central-1", "endPoint": null, "creds": {"AWS_ID": "id", "AWS_KEY": "topsecret", "AWS_TOKEN": "atoken"}"#,
      #""command": "UPLOAD", "src_locations": ["/etc/passwd"], "encryptionMaterial": {"queryStageMasterKey": "\#(Self.key)", "queryId": "q", "smkId": 42}"#
    )
    #expect(transfer.command == .upload)
    #expect(transfer.location.kind == .s3)
    #expect(transfer.location.container == "bucket")
    #expect(transfer.location.prefix == "a/b/")
    #expect(transfer.location.isEncrypted)
    #expect(transfer.materials.map { $0?.smkID } == ["42"])
    // What the server says of local paths is dropped.
    #expect(transfer.files.isEmpty)
    let shown = "\(transfer)"
    for secret in ["topsecret", "atoken", "0123456789abcdef", Self.key] { #expect(!shown.contains(secret)) }
  }

  @Test func aDownload() throws {
    let transfer = try read(
      #""locationType": "gcs", "location": "bucket/", "creds": {}"#,
      #""command": "DOWNLOAD", "src_locations": ["a", "b"], "presignedUrls": ["https://x/a?s=hidden", "https://x/b"], "encryptionMaterial": [null, {"queryStageMasterKey": "\#(Self.key)", "queryId": "q", "smkId": "7"}]"#
    )
    #expect(transfer.files == ["a", "b"])
    #expect(transfer.location.prefix == "")
    #expect(transfer.materials.map { $0?.smkID } == [nil, "7"])
    #expect(!"\(transfer)".contains("hidden"))
  }

  @Test func serverSideEncryptionNeedsNoKey() throws {
    let transfer = try read(
      #""locationType": "AZURE", "location": "c/p/", "isClientSideEncrypted": false, "storageAccount": "acc", "creds": {"AZURE_SAS_TOKEN": "?sig=x"}"#,
      #""command": "UPLOAD", "encryptionMaterial": null"#)
    #expect(!transfer.location.isEncrypted)
    #expect(transfer.materials.isEmpty)
  }

  @Test(arguments: [
    ("", #""command": "UPLOAD""#),
    (#""locationType": "FTP", "location": "x""#, #""command": "UPLOAD""#),
    (#""locationType": "S3", "location": "/x", "creds": {"AWS_ID": "i", "AWS_KEY": "k"}"#, #""command": "UPLOAD""#),
    (#""locationType": "S3", "location": "b/x", "creds": {}"#, #""command": "UPLOAD""#),
    (#""locationType": "AZURE", "location": "b/x""#, #""command": "UPLOAD""#),
    (#""locationType": "LOCAL_FS", "location": "/x""#, #""command": "DELETE""#),
    (
      #""locationType": "S3", "location": "b/x", "creds": {"AWS_ID": "i", "AWS_KEY": "k"}"#,
      #""command": "UPLOAD", "encryptionMaterial": {"queryStageMasterKey": "c2hvcnQ=", "queryId": "q", "smkId": 1}"#
    ),
    (
      #""locationType": "S3", "location": "b/x", "creds": {"AWS_ID": "i", "AWS_KEY": "k"}"#,
      #""command": "DOWNLOAD", "src_locations": ["a"], "encryptionMaterial": [null, null]"#
    ),
  ])
  func whatIsNoTransferIsRefused(info: String, rest: String) {
    let error = #expect(throws: SnowflakeError.self) { try read(info, rest) }
    #expect(error?.kind == .unexpectedAnswer)
  }

  @Test(arguments: ["", "{}", "[]", #"{"data": null}"#, #"{"data": {"rowset": []}}"#])
  func otherAnswersAreRefused(text: String) {
    let error = #expect(throws: SnowflakeError.self) { try StageTransfer(answer: Array(text.utf8)) }
    #expect(error?.kind == .unexpectedAnswer)
  }

  @Test(arguments: ["stage", "@st'; DROP", "@st\\", "@st\n", ""]) func stagesThatSQLCannotQuote(text: String) {
    #expect(throws: SnowflakeError.self) { try StageReference(text) }
  }
}
