import Engine
import Extraction
import Faults
import Loading
import Plans
import Store
import Testing
import Workflows

@Suite struct TaskFailureTests {
  private struct Foreign: Error, CustomStringConvertible {
    var description: String { "the row 42, 'secret', is wrong" }
  }

  @Test func keepsWhatTheModulesSay() {
    let busy = TaskFailure(ExtractionError(.busy, at: "shop.db", "it is locked", isTransient: true))
    #expect(busy == TaskFailure(code: "busy", message: "shop.db: it is locked", isTransient: true))
    #expect(!TaskFailure(LoadingError(.valueRefused, at: "t", "a constraint refuses a row")).isTransient)
    #expect(busy.costsAttempt)
    #expect(!TaskFailure(LoadingError(.locked, at: "t", "it is locked", isTransient: true)).costsAttempt)
    #expect(TaskFailure(StoreError(.busy, "the state is held")).isTransient)
    #expect(!TaskFailure(StoreError(.damaged, "the state is damaged")).isTransient)
    #expect(TaskFailure(FaultError(name: .loadAfterCommit)).isTransient)
    #expect(TaskFailure(ConfigurationError(.noConnection, "no source is called x")).message == "no source is called x")
    #expect(!TaskFailure(EngineError(.connectionMismatch, at: "c", "elsewhere")).isTransient)
    #expect(TaskFailure(EngineError(.stageFailed, at: "/stage", "full")).isTransient)
  }

  @Test func nobodyVouchesForTheTextOfAForeignError() {
    let failure = TaskFailure(Foreign())
    #expect(failure.isTransient)
    #expect(failure.message == "Foreign")
  }
}
