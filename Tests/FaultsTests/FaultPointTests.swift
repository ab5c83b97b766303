import Faults
import Foundation
import Testing

@Suite struct FaultPointTests {
  private func log() -> String { NSTemporaryDirectory() + "fault-" + UUID().uuidString }

  @Test func aPointFiresAtItsReachingAndOnlyOnce() throws {
    let path = log()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let fault = try #require(ArmedFault("load.before-commit@3=error", log: path))
    try fault.reach(.loadBeforeCommit)
    try fault.reach(.loadAfterCommit)
    try fault.reach(.loadBeforeCommit)
    #expect(FileManager.default.fileExists(atPath: path) == false)
    let error = #expect(throws: FaultError.self) { try fault.reach(.loadBeforeCommit) }
    #expect(error?.name == .loadBeforeCommit)
    try fault.reach(.loadBeforeCommit)
    let lines = try String(contentsOfFile: path, encoding: .utf8)
    #expect(lines == "load.before-commit@3=error \(ProcessInfo.processInfo.processIdentifier)\n")
  }

  @Test func withoutANumberTheFirstReachingFires() throws {
    let fault = try #require(ArmedFault("run.before-end=error", log: nil))
    #expect(throws: FaultError.self) { try fault.reach(.runBeforeEnd) }
  }

  @Test(arguments: [
    "", "x", "load.before-commit", "load.before-commit=", "=kill", "nowhere=kill", "load.before-commit=explode",
    "load.before-commit@0=kill", "load.before-commit@x=kill", "load.before-commit@1@2=kill", "a=b=c",
  ])
  func otherTextsArmNothing(_ text: String) {
    #expect(ArmedFault(text, log: nil) == nil)
  }

  @Test(arguments: FaultPoint.Name.allCases)
  func everyNameCanBeArmed(_ name: FaultPoint.Name) throws {
    let fault = try #require(ArmedFault("\(name.rawValue)@2=stop", log: nil))
    #expect(fault.name == name)
    #expect(fault.count == 2)
    #expect(fault.action == .stop)
  }

  @Test func killEndsTheProcess() async {
    await #expect(processExitsWith: .signal(SIGKILL)) {
      try #require(ArmedFault("run.before-end=kill", log: nil)).reach(.runBeforeEnd)
    }
  }

  @Test func exitEndsTheProcess() async {
    await #expect(processExitsWith: .exitCode(70)) {
      try #require(ArmedFault("run.before-end=exit", log: nil)).reach(.runBeforeEnd)
    }
  }
}
