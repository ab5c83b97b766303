/// The JSON of a file transfer's answer, as it comes.
enum StageWire {
  struct Answer: Decodable {
    let data: Content?
  }

  struct Content: Decodable {
    let command: String?
    let stageInfo: Info?
    let src_locations: [String]?
    let presignedUrls: [String]?
    let encryptionMaterial: Materials?
  }

  struct Info: Decodable {
    let locationType: String?
    let location: String?
    let region: String?
    let storageAccount: String?
    let isClientSideEncrypted: Bool?
    let creds: [String: JSONValue]?
    let presignedUrl: String?
    let endPoint: String?
    let useS3RegionalUrl: Bool?
    let useRegionalUrl: Bool?
    let useVirtualUrl: Bool?
  }

  struct Material: Decodable {
    let queryStageMasterKey: String?
    let queryId: String?
    /// A number, or text for clients that ask for it.
    let smkId: JSONValue?
  }

  /// One of an upload, a list of a download.
  struct Materials: Decodable {
    let all: [Material?]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        all = []
      } else if let list = try? container.decode([Material?].self) {
        all = list
      } else {
        all = [try container.decode(Material.self)]
      }
    }
  }
}
