package struct TableConfiguration: Hashable, Codable, Sendable { package init() {} }
package enum IcebergStrategy: String, Codable, Sendable { case a }
