import ODBC
import Support
import Testing

@Suite struct ODBCConnectionTests {
  @Test func aWrongPasswordIsRefusedWithoutBeingRepeated() throws {
    let world = try ODBCWorld()
    #expect {
      _ = try ODBCConnection(world.string(user: "needs_password", password: "hidden-word"))
    } throws: { error in
      guard let error = error as? ODBCError else { return false }
      return error.call == "SQLDriverConnect" && error.message.contains("password")
        && !error.description.contains("hidden-word")
    }
    _ = try ODBCConnection(world.string(user: "needs_password", password: "right"))
  }

  @Test func aDriverThatIsNotInstalledIsToldApart() throws {
    var string = ODBCConnectionString()
    string.add("Driver", "No Such Driver")
    #expect { _ = try ODBCConnection(string) } throws: {
      ($0 as? ODBCError)?.state == "01000" || ($0 as? ODBCError)?.state == "IM002"
    }
    #expect(try ODBCEnvironment.shared().drivers().contains(ODBCWorld.driver))
  }

  @Test func aServerThatIsNotThereIsAnError() throws {
    var string = ODBCConnectionString()
    string.add("Driver", ODBCWorld.driver)
    string.add("Server", "127.0.0.1")
    string.add("Port", "1")
    string.add("Database", "x")
    #expect { _ = try ODBCConnection(string, loginTimeout: 5) } throws: { ($0 as? ODBCError)?.message.isEmpty == false }
  }

  @Test func wordsComeWithoutTheDriversTags() {
    let error = ODBCError(
      "SQLFetch",
      [
        ODBCDiagnostic(state: "01000", native: 0, message: "[unixODBC][FreeTDS][SQL Server] gone"),
        ODBCDiagnostic(state: "08S01", native: 20017, message: "[x]y"),
      ])
    #expect(error.message == "gone")
    #expect(error.native == 20017)
    #expect("\(error)" == "SQLFetch failed: [01000/20017] gone")
    #expect("\(ODBCError("SQLFetch", []))" == "SQLFetch failed: [HY000/0] the driver says nothing about it")
  }
}
