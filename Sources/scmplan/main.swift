print("scmplan")
