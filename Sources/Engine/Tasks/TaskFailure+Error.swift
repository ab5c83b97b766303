import Extraction
import Faults
import Loading
package import Store

extension TaskFailure {
  /// What the state keeps of an error: its code, its text, and whether trying again may help.
  ///
  /// An error that no module owns is taken for transient: the attempts bound what that costs.
  package init(_ error: any Error) {
    switch error {
    case let error as ExtractionError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: error.isTransient)
    case let error as LoadingError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: error.isTransient)
    case let error as StoreError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: error.isTransient)
    case let error as EngineError:
      self.init(code: error.code.rawValue, message: error.description, isTransient: error.code == .stageFailed)
    case let error as FaultError:
      self.init(code: "fault", message: error.description, isTransient: true)
    default:
      self.init(code: "other", message: "\(type(of: error))", isTransient: true)
    }
  }
}
