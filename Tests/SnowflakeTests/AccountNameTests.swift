import Snowflake
import Testing

struct AccountNameTests {
  @Test(arguments: [
    ("myorg-my_account", "myorg-my_account", "MYORG-MY_ACCOUNT", "myorg-my-account.snowflakecomputing.com"),
    ("xy12345", "xy12345", "XY12345", "xy12345.snowflakecomputing.com"),
    ("xy12345.eu-central-1", "xy12345", "XY12345", "xy12345.eu-central-1.snowflakecomputing.com"),
    ("xy1.cn-north-1.aws", "xy1", "XY1", "xy1.cn-north-1.aws.snowflakecomputing.cn"),
    ("acme-part2.global", "acme", "ACME", "acme-part2.global.snowflakecomputing.com"),
    ("https://Org-Acc.snowflakecomputing.com/x", "Org-Acc", "ORG-ACC", "org-acc.snowflakecomputing.com"),
  ])
  func forms(text: String, login: String, claim: String, host: String) {
    let name = AccountName(text)
    #expect(name.login == login)
    #expect(name.claim == claim)
    #expect(name.host(region: nil) == host)
  }

  @Test func aSeparateRegionIsAppendedButForTheFirstOne() {
    #expect(AccountName("xy1").host(region: "us-west-2") == "xy1.snowflakecomputing.com")
    #expect(AccountName("xy1").host(region: "eu-west-1") == "xy1.eu-west-1.snowflakecomputing.com")
    #expect(AccountName("xy1.eu-west-1").host(region: "us-east-1") == "xy1.eu-west-1.snowflakecomputing.com")
  }
}
