import Catalogs
import Plans
import Testing

/// What changed in a source since it was loaded, as an assessment tells it.
struct SourceDriftTests {
  private func drift(_ change: (inout Table) -> Void) throws -> [Drift] {
    var sample = try Sample().loaded([.loaded(1, .whole, rows: 1)])
    change(&sample.source)
    let assessment = try sample.assess()
    #expect(assessment.basis == .fresh(.reload, .schemaChanged))
    return assessment.drift
  }

  @Test func `An unchanged source has none`() throws {
    let assessment = try Sample().loaded([.loaded(1, .whole, rows: 1)]).assess()
    #expect(assessment.drift.isEmpty)
    #expect(assessment.basis == .incremental)
  }

  @Test func `A column that came`() throws {
    let drift = try drift { $0.columns.append(Column(name: "size", declaredType: "int", type: .integer)) }
    #expect(drift.map(\.kind) == [.columnAdded])
    #expect(drift[0].column == "size")
    #expect(drift[0].before == nil)
    #expect(drift[0].after == "int")
  }

  @Test func `A column that went`() throws {
    let drift = try drift { $0.columns.remove(at: 1) }
    #expect(drift.map(\.kind) == [.columnDropped])
    #expect(drift[0].column == "note")
    #expect(drift[0].before == "nvarchar(40)")
  }

  @Test(arguments: 0..<3)
  func `A column with another type, collation or a formula`(change: Int) throws {
    let drift = try drift {
      switch change {
      case 0: $0.columns[1].declaredType = "nvarchar(80)"
      case 1: $0.columns[1].collation = "Latin1_General_CI_AS"
      default: $0.columns[1].isGenerated = true
      }
    }
    #expect(drift.map(\.kind) == [.columnRetyped])
    #expect(drift[0].before == "nvarchar(40)")
    #expect(
      drift[0].after == ["nvarchar(80)", "nvarchar(40) COLLATE Latin1_General_CI_AS", "nvarchar(40) GENERATED"][change])
  }

  @Test func `A column that takes NULL or no longer does`() throws {
    let drift = try drift {
      $0.columns[0].isNullable = true
      $0.columns[1].isNullable = false
    }
    #expect(drift.map(\.kind) == [.nullabilityChanged, .nullabilityChanged])
    #expect(drift.map(\.before) == ["NOT NULL", "NULL"])
    #expect(drift.map(\.after) == ["NULL", "NOT NULL"])
  }

  @Test func `Another primary key`() throws {
    let drift = try drift { $0.primaryKey = ["id", "note"] }
    #expect(drift.map(\.kind) == [.keyChanged])
    #expect(drift[0].column == nil)
    #expect(drift[0].before == "id")
    #expect(drift[0].after == "id, note")
  }

  @Test func `Nothing of it blocks the plan, which reloads the table`() throws {
    let drift = try drift {
      $0.columns.removeLast()
      $0.columns[1].declaredType = "ntext"
      $0.primaryKey = []
    }
    #expect(drift.map(\.kind) == [.columnRetyped, .columnDropped, .keyChanged])
    #expect(drift.allSatisfy { !$0.isBlocking && !$0.resolution.isEmpty })
  }
}
