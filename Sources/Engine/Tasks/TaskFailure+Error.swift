import Extraction
import Faults
import Loading
import Plans
package import Store
import Workflows

extension TaskFailure {
  /// What the state keeps of an error: its code, its text, and whether trying again may help.
  ///
  /// An error that no module owns is taken for transient: the attempts bound what that costs. Of its text only the type is
  /// kept, for nobody vouches for the rest.
  package init(_ error: any Error) {
    switch error {
    case let error as ExtractionError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: error.isTransient)
    case let error as LoadingError:
      // A table's replacing loads wait for each other, each as long as it takes: that is no failure of the last in the row.
      self.init(
        code: error.code.rawValue, message: error.description, isTransient: error.isTransient,
        costsAttempt: error.code != .locked)
    case let error as StoreError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: error.isTransient)
    case let error as EngineError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: error.code == .stageFailed)
    case let error as PlanError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: false)
    case let error as ConfigurationError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: false)
    case let error as FaultError:
      self.init(code: "fault", message: error.description, isTransient: true)
    default:
      self.init(code: "other", message: "\(type(of: error))", isTransient: true)
    }
  }
}
