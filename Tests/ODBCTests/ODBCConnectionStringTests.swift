import ODBC
import Testing

@Suite struct ODBCConnectionStringTests {
  @Test func valuesAreBracedWhereTheyNeedIt() {
    var string = ODBCConnectionString()
    string.add("Driver", "FreeTDS")
    string.add("UID", "sa")
    string.add("PWD", "a;b}c=")
    string.add("Database", nil)
    string.add("APP", "")
    #expect(string.text == "Driver=FreeTDS;UID=sa;PWD={a;b}}c=};APP={};")
  }

  @Test func whatTheUserWroteComesFirst() {
    var string = ODBCConnectionString(raw: "DSN=warehouse")
    string.add("UID", "me")
    #expect(string.text == "DSN=warehouse;UID=me;")
  }

  @Test(arguments: [
    "uid=mine", "DSN=warehouse; UID = mine", "PWD={a;UID=b}}c};UID={mine}", "DSN=x;UID=",
  ])
  func whatTheUserWroteIsNotSaidAgain(raw: String) {
    var string = ODBCConnectionString(raw: raw)
    string.add("UID", "me")
    string.add("Port", "1")
    #expect(string.text == raw + ";Port=1;")
  }

  @Test(arguments: ["PWD={a;UID=b}}c}", "DSN=UID", "APP=a UID", "PWD={UID=b", "UID"])
  func whatOnlyLooksLikeAKeyIsNone(raw: String) {
    var string = ODBCConnectionString(raw: raw)
    string.add("UID", "me")
    #expect(string.text == raw + ";UID=me;")
  }

  @Test func itIsNeverPrinted() {
    var string = ODBCConnectionString(raw: "PWD=hidden")
    string.add("Token", "hidden")
    #expect(!"\(string) \(String(reflecting: string))".contains("hidden"))
    var dumped = ""
    dump(string, to: &dumped)
    #expect(!dumped.contains("hidden"))
  }
}
