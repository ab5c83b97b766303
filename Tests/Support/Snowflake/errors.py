"""Errors as the service words them."""


class SqlError(Exception):
    """A statement that failed: `code` has six digits, `state` is the SQLSTATE."""

    def __init__(self, code: str, state: str, message: str):
        super().__init__(message)
        self.code, self.state, self.message = code, state, message


class AuthError(Exception):
    """A request that is refused before anything is executed; `data` goes into the answer as it is."""

    def __init__(self, code: str, message: str, data: dict | None = None):
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


def from_peer(code: str, state: str, message: str, reason: str) -> SqlError:
    """The error for what fakesnow answered; `reason` is the exception that its own answer hides behind code 261000.

    Which code the service would give is known for a few of them only; 000603 (internal error) stands for the rest.
    """
    if not reason:
        return SqlError(code, state, message)
    if "NOT NULL constraint" in reason:
        return SqlError("100072", "22000", f"NULL result in a non-nullable column: {reason}")
    if reason.startswith("ConstraintException"):
        return SqlError("200001", "22000", f"A primary key already exists: {reason}")
    if reason.startswith("InterruptException"):
        return SqlError("000604", "57014", "SQL execution canceled")
    if reason.startswith(("ConversionException", "InvalidInputException", "OutOfRangeException")):
        return SqlError("100038", "22018", reason)
    if reason.startswith(("ParserException", "ParseError", "ValueError: Unknown")):
        return SqlError("001003", "42000", f"SQL compilation error: {reason}")
    return SqlError("000603", "XX000", f"SQL execution internal error: {reason}")
