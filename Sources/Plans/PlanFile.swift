package import Foundation

/// The text of a plan: JSON made for review, the same bytes for the same plan.
///
/// Keys are sorted; parts, columns and drift stand one to a line, so that a line diff of two plans reads as the change. The
/// plan's identity is the SHA-256 of these bytes.
package enum PlanFile {
  /// Members whose elements are written on one line each.
  private static let oneLined: Set<String> = ["columns", "drift", "guarantees", "kept", "parts"]

  package static func text(_ plan: Plan) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return JSONLayout.laidOut(Array(try encoder.encode(plan)), oneLined: oneLined)
  }

  /// The plan that a file holds.
  ///
  /// - Parameter place: The file's name, for errors.
  /// - Throws: ``PlanError`` when the bytes are no plan, or one of a newer format.
  package static func plan(from data: Data, place: String) throws(PlanError) -> Plan {
    struct Version: Decodable {
      var formatVersion: Int
    }
    let decoder = JSONDecoder()
    guard let version = try? decoder.decode(Version.self, from: data) else {
      throw PlanError(
        .damaged, at: place, "this is no plan of scmplan, or it was cut short; make it again with scmplan plan")
    }
    guard version.formatVersion == Plan.formatVersion else {
      throw PlanError(
        .newerFormat, at: place,
        "the plan has format \(version.formatVersion), this scmplan reads \(Plan.formatVersion); make it again with scmplan plan"
      )
    }
    do {
      return try decoder.decode(Plan.self, from: data)
    } catch {
      throw PlanError(.damaged, at: place, "the plan was changed by hand or cut short; make it again with scmplan plan")
    }
  }
}
