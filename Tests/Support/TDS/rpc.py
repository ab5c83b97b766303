"""Remote procedure calls: statements with parameters, prepared or not, as drivers send them (MS-TDS, "RPC Request")."""

import itertools
from typing import Any

import conversions
import values
from conversions import Expression
from errors import SqlError
from parameters import Reader
from runner import Runner, parameters
from tsqltypes import INT, Type

NUMBERS = {10: "sp_executesql", 11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec", 15: "sp_unprepare"}


class Calls:
    """The calls of one session, and what it has prepared."""

    def __init__(self, session: Any):
        self.session = session
        self._prepared: dict[int, tuple[str, dict[str, Type]]] = {}
        self._handles = itertools.count(1)

    def answer(self, body: bytes, wire: Any) -> None:
        reader = Reader(body)
        while not reader.is_done:
            length = reader.number(2)
            name = NUMBERS.get(reader.number(2), "") if length == 0xFFFF else reader.wide(length)
            reader.number(2)
            given = []
            while not reader.is_done and reader.data[reader.at] not in (0xFF, 0x80):
                given.append(reader.parameter())
            if not reader.is_done:
                reader.number(1)
            wire.in_procedure = True
            try:
                getattr(self, "_" + name.lower().split(".")[-1], self._unknown)(wire, given)
            except SqlError as error:
                self.session.fail(error, wire)
                wire.status(-6)
                return
            wire.status(0)

    def _unknown(self, wire: Any, given: list[tuple]) -> None:
        raise SqlError(2812, "Could not find stored procedure.", state=62)

    def _run(self, wire: Any, sql: str, declared: dict[str, Type], given: list[tuple]) -> None:
        self.session.server.note("call", self.session, sql)
        wire.begin(sql)
        variables = {}
        names = list(declared)
        for place, (name, _, kind, value) in enumerate(given):
            name = name.lower() or (names[place] if place < len(names) else f"@p{place + 1}")
            variables[name] = self._converted(kind, value, declared.get(name, kind))
        for name in names:
            if name not in variables:
                raise SqlError(8178, f"The parameterized query expects the parameter '{name}', which was not supplied.")
        runner = Runner(self.session, wire, variables)
        wire.runner = runner
        runner.batch(sql)

    def _converted(self, kind: Type, value: Any, wanted: Type) -> tuple[Type, Any]:
        if kind == wanted or value is None:
            return wanted, value
        made = Expression(values.to_sql(value, kind), kind, literal=value if isinstance(value, str) else None)
        sql = conversions.convert(made, wanted).sql
        return wanted, self.session.server.duckdb.cursor().execute(f"SELECT {sql}").fetchone()[0]

    def _sp_executesql(self, wire: Any, given: list[tuple]) -> None:
        declared = parameters(given[1][3]) if len(given) > 1 else {}
        self._run(wire, given[0][3], declared, given[2:])

    def _keep(self, declared: str | None, sql: str) -> int:
        handle = next(self._handles)
        self._prepared[handle] = (sql, parameters(declared))
        return handle

    def _sp_prepare(self, wire: Any, given: list[tuple]) -> None:
        wire.returned(given[0][0], 0, INT, self._keep(given[1][3], given[2][3]))

    def _sp_prepexec(self, wire: Any, given: list[tuple]) -> None:
        handle = self._keep(given[1][3], given[2][3])
        self._run(wire, *self._prepared[handle], given[3:])
        wire.returned(given[0][0], 0, INT, handle)

    def _sp_execute(self, wire: Any, given: list[tuple]) -> None:
        handle = given[0][3]
        if handle not in self._prepared:
            raise SqlError(8179, f"Could not find prepared statement with handle {handle}.")
        self._run(wire, *self._prepared[handle], given[1:])

    def _sp_unprepare(self, wire: Any, given: list[tuple]) -> None:
        self._prepared.pop(given[0][3], None)
