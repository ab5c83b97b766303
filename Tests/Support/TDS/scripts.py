"""Scripts with GO lines, run by an administrator past the wire."""

import re
from typing import Any

from errors import SqlError
from runner import Runner, Sink
from session import State
from tokenstream import Column

GO = re.compile(r"(?mi)^[ \t]*GO[ \t]*;?[ \t]*\r?$")


class Collected(Sink):
    """The last result as text."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.rows: list[list[str | None]] = []

    def columns(self, columns: list[Column]) -> None:
        self.names, self.rows = [column.name for column in columns], []

    def row(self, row: tuple) -> None:
        self.rows.append([
            None if value is None else value.hex() if isinstance(value, bytes) else str(value) for value in row])


def load(server: Any, sql: str, database: str) -> dict[str, Any]:
    """Runs a script; its batches are numbered in what fails."""
    state = State(server, 0, database)
    sink = Collected()
    try:
        for number, batch in enumerate(GO.split(sql.removeprefix("\ufeff")), 1):
            runner = Runner(state, sink)
            try:
                runner.batch(batch)
            except SqlError as error:
                raise ValueError(f"batch {number}, line {runner.line}: {error.number} {error.message}") from None
    finally:
        state.end()
    return {"columns": sink.names, "rows": sink.rows}
