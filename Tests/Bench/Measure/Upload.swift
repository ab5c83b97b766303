import Foundation
import HTTP
import Snowflake

/// One file, encrypted on its way, into a stage that speaks S3's protocol.
enum Upload {
  static func run(file: String, port: String, caFile: String) throws -> Int {
    let uploader = StageUploader(
      OneAnswer(port: port), try StageReference("@BENCH"), StageOptions(http: HTTPSettings(caFile: caFile)))
    return try uploader.upload(file, as: "bench.parquet").size
  }

  /// What an account answers to `PUT`, with an end point on this machine and a key of zeros.
  private struct OneAnswer: StageCommands {
    var port: String

    func transfer(_ sql: String, cancellation: Cancellation?) -> [UInt8] {
      let answer = """
        {"success": true, "data": {"command": "UPLOAD", "src_locations": ["bench.parquet"],
          "encryptionMaterial": {"queryStageMasterKey": "AAAAAAAAAAAAAAAAAAAAAA==", "queryId": "bench", "smkId": 1},
          "stageInfo": {"locationType": "S3", "location": "127/bench/", "path": "bench/", "region": "us-east-1",
            "endPoint": "0.0.1:\(port)", "isClientSideEncrypted": true,
            "creds": {"AWS_KEY_ID": "bench", "AWS_SECRET_KEY": "bench", "AWS_TOKEN": "bench"}}}}
        """
      return Array(answer.utf8)
    }

    func table(_ sql: String, cancellation: Cancellation?) -> [[String: String]] { [] }
  }
}
