import Testing
import Workflows

@Suite struct WorkflowNameTests {
  @Test(arguments: ["sales", "Sales2", "x"])
  func takes(_ text: String) {
    #expect(WorkflowName(text)?.text == text)
  }

  @Test(arguments: ["", "2sales", "sales-eu", "sales_eu", "größe", "a b", "a.b", "٣", "a/b"])
  func refuses(_ text: String) {
    #expect(WorkflowName(text) == nil)
  }

  @Test func readsItOffAFile() {
    #expect(WorkflowName(file: "etl/sales.json")?.text == "sales")
    #expect(WorkflowName(file: "/a.b/wf.prod.json")?.text == "wf")
    #expect(WorkflowName(file: "my-sales.json") == nil)
    #expect(WorkflowName(file: ".json") == nil)
  }
}
