"""Errors as the server words them: number, class (severity) and state, as sys.messages of the product has them."""

import re


class SqlError(Exception):
    """A statement that failed; at a class of 20 and more the connection ends with it."""

    def __init__(self, number: int, message: str, severity: int = 16, state: int = 1, dooms: bool = False):
        super().__init__(message)
        self.number, self.message, self.severity, self.state, self.dooms = number, message, severity, state, dooms


def syntax(near: str) -> SqlError:
    return SqlError(102, f"Incorrect syntax near '{near}'.", 15)


def missing(name: str) -> SqlError:
    return SqlError(208, f"Invalid object name '{name}'.")


def from_duckdb(error: Exception) -> SqlError:
    """The error for what DuckDB refused; 50000 stands for what no number is known for."""
    text = str(error)
    told = re.search(r"\[(\d+)\](.*?)\[/\]", text, re.DOTALL)
    if told:
        return SqlError(int(told[1]), told[2])
    kind = type(error).__name__
    if kind == "InterruptException":
        return SqlError(0, "interrupted", 11)
    if "NOT NULL constraint failed" in text:
        name = text.rsplit(":", 1)[-1].strip().split(".")
        return SqlError(515, f"Cannot insert the value NULL into column '{name[-1]}', table '{name[0]}'; column does "
                             "not allow nulls. The statement has been terminated.", state=2)
    if "onflict" in text and kind == "TransactionException":
        return SqlError(3960, "Snapshot isolation transaction aborted due to update conflict.", state=2, dooms=True)
    if "field value out of range" in text:
        return SqlError(242, "The conversion of a varchar data type to a date or time is out of range.", state=3)
    if kind == "OutOfRangeException" or re.search("out of range|Could not cast value|Failed to cast decimal", text):
        return SqlError(8115, "Arithmetic overflow error converting expression to the data type wanted.", state=2)
    if kind == "ConversionException":
        return SqlError(245, "Conversion failed when converting a value to the data type wanted.")
    return SqlError(50000, f"the bench cannot run this: {kind}: {text}")
