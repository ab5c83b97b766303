"""Runs statements for a session, and tells a sink what comes of them."""

import re
from typing import Any

import duckdb
import sqlglot

import conversions
import nodes
import views
from changes import Changes
from errors import SqlError, from_duckdb, syntax
from nodes import Statement
from scopes import Scope
from statements import Batch
from tokenstream import Column
from translation import Translation
from tsqltypes import INT, Type, text

#: Rows that are taken from DuckDB at a time.
PIECE = 500


class Sink:
    """Who is told: a client (replies.py) or a script (scripts.py)."""

    def columns(self, columns: list[Column]) -> None: ...
    def row(self, row: tuple) -> None: ...
    def done(self, rows: int | None, command: int = 0xC1) -> None: ...
    def info(self, number: int, words: str, line: int) -> None: ...
    def change(self, kind: int, new: Any, old: Any) -> None: ...
    def check(self) -> None: ...


class Runner(Changes):
    """One batch, with its variables."""

    def __init__(self, session: Any, sink: Sink, variables: dict[str, tuple[Type, Any]] | None = None):
        self.session, self.sink = session, sink
        self.variables = variables if variables is not None else {}
        self.line = 1

    def batch(self, sql: str) -> None:
        for statement in Batch(sql).statements():
            self.run(statement)

    def run(self, statement: Statement) -> None:
        self.sink.check()
        self.line = statement.line
        try:
            getattr(self, "_" + statement.kind.replace(" ", "_"))(**statement.facts)
        except duckdb.Error as error:
            raise from_duckdb(error) from None
        except RecursionError:
            raise SqlError(191, "Some part of your SQL statement is nested too deeply.", 15) from None
        self.session.last_error = 0

    def translation(self) -> Translation:
        return Translation(self.session, self.variables)

    def execute(self, sql: str, translation: Translation, writes: bool = False, given: list[Any] = ()) -> Any:
        """Runs DuckDB's SQL in the session's transaction, unless a fault stands for a table that it names."""
        for name in dict.fromkeys(translation.tables):
            fault = self.session.server.faults.take("table", name, self.session.user)
            if fault is not None:
                raise fault.error(self.session, name)
        self.session.transactions.before(writes, bool(translation.tables))
        return self.session.cursor.execute(sql, given) if given else self.session.cursor.execute(sql)

    def value(self, node: Any, kind: Type | None = None) -> tuple[Type, Any]:
        """What an expression is worth now."""
        translation = self.translation()
        made = translation.expression(node, Scope())
        made = conversions.convert(made, kind or (INT if made.is_null else made.type))
        return made.type, self.execute(f"SELECT {made.sql}", translation).fetchone()[0]

    # Queries and variables

    def _query(self, query: nodes.Query, text: str) -> None:
        if isinstance(query.body, nodes.Select) and query.body.items[0][1].startswith("@"):
            return self._assigned(query)
        second_opinion(text)
        translation = self.translation()
        sql, columns = translation.result(query)
        result = self.execute(sql, translation)
        self.sink.columns(columns)
        count = 0
        while rows := result.fetchmany(PIECE):
            for row in rows:
                self.sink.row(row)
            count += len(rows)
            self.sink.check()
        self.session.row_count = count
        self.sink.done(count)

    def _assigned(self, query: nodes.Query) -> None:
        """SELECT @a = …: the last row counts."""
        names = [alias for _, alias in query.body.items]
        query.body.items = [(value, "") for value, _ in query.body.items]
        translation = self.translation()
        sql, columns = translation.result(query)
        rows = self.execute(sql, translation).fetchall()
        for place, (name, column) in enumerate(zip(names, columns)):
            if rows:
                kind = self.variables[name.lower()][0]
                self.variables[name.lower()] = (column.type, rows[-1][place])
                self.variables[name.lower()] = self.value(nodes.Variable(name), kind)
        self.session.row_count = len(rows)

    def _declare(self, variables: list[tuple[str, Type, Any]]) -> None:
        for name, kind, value in variables:
            if name.lower() in self.variables:
                raise SqlError(134, f"The variable name '{name}' has already been declared.", 15, 2)
            self.variables[name.lower()] = (kind, None) if value is None else self.value(value, kind)

    def _assign(self, name: str, value: Any) -> None:
        if name.lower() not in self.variables:
            raise SqlError(137, f'Must declare the scalar variable "{name}".', 15, 2)
        self.variables[name.lower()] = self.value(value, self.variables[name.lower()][0])

    # Flow

    def _if(self, condition: Any, then: Statement, **others: Any) -> None:
        translation = self.translation()
        sql = translation.condition(condition, Scope())
        chosen = then if self.execute(f"SELECT {sql}", translation).fetchone()[0] else others["else"]
        if chosen is not None:
            self.run(chosen)

    def _block(self, statements: list[Statement]) -> None:
        for statement in statements:
            self.run(statement)

    def _print(self, value: Any) -> None:
        shown = self.value(value, text("nvarchar", 4000))[1]
        self.sink.info(0, shown or "", self.line)

    def _raise(self, arguments: list[Any]) -> None:
        words, severity, state = (self.value(one)[1] for one in arguments[:3])
        if severity <= 10:
            return self.sink.info(50000, words, self.line)
        raise SqlError(50000, words, severity, state)

    def _wait(self, value: Any) -> None:
        """WAITFOR DELAY: a real wait, which an attention ends."""
        hours, minutes, seconds = self.value(value)[1].split(":")
        self.session.pause(int(hours) * 3600 + int(minutes) * 60 + float(seconds))
        self.sink.check()

    # Transactions and settings

    def _begin(self) -> None:
        self.session.transactions.begin()
        if self.session.transactions.depth == 1:
            self.sink.change(8, self.session.transactions.descriptor, 0)

    def _commit(self) -> None:
        descriptor = self.session.transactions.descriptor
        if self.session.transactions.commit():
            self.sink.change(9, 0, descriptor)

    def _rollback(self) -> None:
        descriptor = self.session.transactions.descriptor
        self.session.transactions.rollback()
        self.sink.change(10, 0, descriptor)

    def _isolation(self, level: str) -> None:
        if level not in ("READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SNAPSHOT", "SERIALIZABLE"):
            raise syntax(level)
        self.session.transactions.isolation = level

    def _option(self, names: list[str], value: str) -> None:
        for name in names:
            if name == "NOCOUNT":
                self.session.no_count = value.upper() == "ON"
            elif name == "LOCK_TIMEOUT":
                self.session.lock_timeout = int(value)
            elif name == "IMPLICIT_TRANSACTIONS" and value.upper() == "ON":
                raise SqlError(50000, "the bench has no implicit transactions")

    def _use(self, name: str) -> None:
        database = self.session.server.catalog.database(name)
        old, self.session.database = self.session.database, database.name
        self.sink.change(1, database.name, old)
        self.sink.info(5701, f"Changed database context to '{database.name}'.", self.line)

    def _nothing(self) -> None: ...

    def _execute(self, name: list[str], arguments: list[tuple[str, Any]]) -> None:
        procedure = name[-1].lower()
        given = {key.lower(): self.value(node)[1] for key, node in arguments if key}
        ordered = [self.value(node) for key, node in arguments if not key]
        if procedure == "sp_executesql":
            declared = parameters(ordered[1][1]) if len(ordered) > 1 else {}
            typed = {key: self.value(node, declared[key]) for key, node in
                     ((key.lower(), node) for key, node in arguments if key) if key in declared}
            for key, value in zip(declared, ordered[2:]):
                typed[key] = value
            return Runner(self.session, self.sink, typed).batch(ordered[0][1])
        if procedure == "sp_addextendedproperty":
            names = [
                "@name", "@value", "@level0type", "@level0name", "@level1type", "@level1name", "@level2type",
                "@level2name"]
            given.update({key: value for key, (_, value) in zip(names, ordered)})
            return self.add_property(given)
        if procedure == "sp_rename":
            given.update({key: value for key, (_, value) in zip(["@objname", "@newname", "@objtype"], ordered)})
            if str(given.get("@objtype", "")).upper() == "COLUMN":
                return self.rename_column(given)
        if procedure in ("sp_datatype_info", "sp_datatype_info_100"):
            wanted = ordered[0][1] if ordered else given.get("@data_type", 0)
            columns, sql = views.datatypes(wanted)
            self.sink.columns(columns)
            for row in self.session.peek(sql):
                self.sink.row(row)
            return self.sink.done(None)
        raise SqlError(2812, f"Could not find stored procedure '{'.'.join(name)}'.", state=62)


def parameters(declared: str | None) -> dict[str, Type]:
    """Names and types of `@a int, @b nvarchar(30)`."""
    if not declared or not declared.strip():
        return {}
    parser = Batch(declared)

    def one() -> tuple[str, Type]:
        name = parser.next().text.lower()
        parser.take("AS")
        kind = parser.type()
        parser.take_any("OUTPUT", "OUT")
        return name, kind
    return dict(parser.several(one))


def second_opinion(sql: str) -> None:
    """A query that sqlglot's grammar of T-SQL, which others wrote, refuses is refused here too.

    It knows no hints behind TABLESAMPLE.
    """
    if re.search(r"\bTABLESAMPLE\b", sql, re.IGNORECASE):
        return
    try:
        sqlglot.parse_one(sql, read="tsql")
    except sqlglot.errors.SqlglotError as error:
        words = re.sub(r"\x1b\[\d+m", "", str(error))
        raise SqlError(102, f"Incorrect syntax, by sqlglot: {words}", 15) from None
