"""CREATE TABLE and its kin: what they say becomes entries of catalog.py."""

from typing import Any

import nodes
from catalog import Column, ForeignKey, Index, Table
from errors import SqlError
from queries import Queries
from tsqltypes import INT, named

GENERATED = {("ROW", "START"): 1, ("ROW", "END"): 2, ("TRANSACTION_ID", "START"): 7, ("TRANSACTION_ID", "END"): 8,
             ("SEQUENCE_NUMBER", "START"): 9, ("SEQUENCE_NUMBER", "END"): 10}


class Definitions(Queries):
    """The rules of definitions."""

    def create_table(self) -> Table:
        parts = self.names()
        table = Table(parts[-2] if len(parts) > 1 else "", parts[-1], [])
        table.flags["database"] = parts[-3] if len(parts) > 2 else ""
        self.want("(")
        while True:
            self.element(table)
            if not self.take(","):
                break
        self.want(")")
        if self.take("AS"):
            kind = self.next().upper
            table.flags[{"NODE": "is_node", "EDGE": "is_edge"}[kind]] = True
        if self.take("ON"):
            self.name()
        if self.take("TEXTIMAGE_ON"):
            self.name()
        if self.take("WITH"):
            self._options(table)
        return table

    def _options(self, table: Table) -> None:
        self.want("(")
        while not self.take(")"):
            option = self.next().upper
            self.want("=")
            value = self.next().upper
            if option == "MEMORY_OPTIMIZED" and value == "ON":
                table.flags.update(is_memory_optimized=True, durability=0)
            elif option == "DURABILITY" and value == "SCHEMA_ONLY":
                table.flags["durability"] = 1
            elif option == "SYSTEM_VERSIONING" and value == "ON":
                table.flags["temporal_type"] = 2
                if self.take("("):
                    self.want("HISTORY_TABLE", "=")
                    table.flags["history"] = self.names()
                    while not self.take(")"):
                        self.next()
            elif option == "LEDGER" and value == "ON":
                table.flags["ledger_type"] = 2
                if self.peek("("):
                    if self.tokens[self.at + 1].upper == "APPEND_ONLY" and self.tokens[self.at + 3].upper == "ON":
                        table.flags["ledger_type"] = 3
                    self.skip()
            elif self.peek("("):
                self.skip()
            self.take(",")

    def element(self, table: Table) -> None:
        """A column or a constraint of a table."""
        name = self.name() if self.take("CONSTRAINT") else ""
        if name or self.token.upper in ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "INDEX", "PERIOD"):
            return self.constraint(table, name)
        column = Column(self.name(), INT)
        table.columns.append(column)
        if self.take("AS"):
            start = self.token.start
            column.computed = self.expression()
            column.definition = self.sql[start:self.tokens[self.at - 1].end]
            column.persisted = self.take("PERSISTED")
        elif self.peek("TIMESTAMP") or self.peek("ROWVERSION"):
            column.type, column.nullable = self.type(), False
        else:
            column.type = self.column_type()
        while self._property(table, column):
            pass

    def column_type(self) -> Any:
        at = self.at
        kind = self.type()
        if kind.length == 30 and self.tokens[self.at - 1].upper != ")":
            kind = named(self.tokens[at].text, [], 1)
        return kind

    def _property(self, table: Table, column: Column) -> bool:
        name = self.name() if self.take("CONSTRAINT") else ""
        if self.take("NOT", "NULL"):
            column.nullable = False
        elif self.take("NULL"):
            column.nullable = True
        elif self.take("COLLATE"):
            column.type = column.type.collated(self.name())
        elif self.take("IDENTITY"):
            sizes = self.inside(self._number) if self.peek("(") else [1, 1]
            column.identity, column.nullable = (sizes[0], sizes[1]), False
        elif self.take("DEFAULT"):
            start = self.token.start
            column.default = self.expression()
            column.default_text = "(" + self.sql[start:self.tokens[self.at - 1].end] + ")"
            column.default_name = name
        elif self.take("MASKED"):
            self.want("WITH", "(", "FUNCTION", "=")
            column.mask = self.next().text
            self.want(")")
        elif self.take("GENERATED", "ALWAYS", "AS"):
            column.generated = GENERATED[self.next().upper, self.next().upper]
            column.nullable = False
        elif self.take("HIDDEN"):
            column.hidden = True
        elif self.take("SPARSE"):
            column.sparse = True
        elif self.take("ROWGUIDCOL"):
            column.rowguid = True
        elif self.take("ENCRYPTED", "WITH"):
            column.encrypted = True
            self.skip()
        elif self.peek("PRIMARY") or self.peek("UNIQUE") or self.peek("CHECK") or self.peek("REFERENCES") or self.peek(
                "FOREIGN"):
            self.constraint(table, name, column)
        else:
            return False
        return True

    def _number(self) -> int:
        sign = -1 if self.take("-") else 1
        return sign * int(self.next().text)

    def constraint(self, table: Table, name: str, column: Column | None = None) -> None:
        word = self.next().upper
        if word == "FOREIGN":
            self.want("KEY")
            columns = self.inside(self.name) if self.peek("(") else [column.name]
            self.want("REFERENCES")
            return self._references(table, name, columns)
        if word == "REFERENCES":
            return self._references(table, name, [column.name])
        if word == "CHECK":
            return self.skip()
        if word == "DEFAULT":
            start = self.token.start
            tree = self.expression()
            text = "(" + self.sql[start:self.tokens[self.at - 1].end] + ")"
            self.want("FOR")
            wanted = table.column(self.name())
            wanted.default, wanted.default_text, wanted.default_name = tree, text, name
            return None
        if word == "PERIOD":
            self.want("FOR", "SYSTEM_TIME")
            return self.skip()
        if word == "INDEX":
            index = self.index(self.name())
            table.indexes.append(index)
            return None
        if word == "PRIMARY":
            self.want("KEY")
        kind = self.take_any("CLUSTERED", "NONCLUSTERED")
        clustered = kind == "CLUSTERED" or not kind and word == "PRIMARY" and not any(
            i.kind == 1 for i in table.indexes)
        self.take("HASH")
        columns = self.inside(self._ordered) if self.peek("(") else [(column.name, False)]
        key = "PK" if word == "PRIMARY" else "UQ"
        name = name or f"{key}__{table.name[:9]}__{len(table.indexes):08X}"
        table.indexes.append(Index(name, columns, 1 if clustered else 2, True, key))
        if key == "PK":
            for part, _ in columns:
                table.column(part).nullable = False
        self._tail()
        return None

    def _ordered(self) -> tuple[str, bool]:
        name = self.name()
        return name, self.take_any("ASC", "DESC") == "DESC"

    def _tail(self) -> None:
        if self.take("WITH"):
            self.skip()
        if self.take("ON"):
            self.name()
            if self.peek("("):
                self.skip()

    def _references(self, table: Table, name: str, columns: list[str]) -> None:
        target = self.names()
        found = self.inside(self.name) if self.peek("(") else []
        while self.take("ON"):
            self.next()
            if not (self.take("NO", "ACTION") or self.take("SET", "NULL") or self.take("SET", "DEFAULT")):
                self.want("CASCADE")
        self.take("NOT", "FOR", "REPLICATION")
        table.foreign_keys.append(ForeignKey(name or f"FK__{table.name[:9]}__{len(table.foreign_keys):08X}", columns,
                                             target, found))

    def index(self, name: str) -> Index:
        """The rest of an index behind its name; `ON t` of CREATE INDEX is read by its caller."""
        index = Index(name, [])
        index.unique = self.take("UNIQUE")
        kind = self.take_any("CLUSTERED", "NONCLUSTERED")
        index.kind = 1 if kind == "CLUSTERED" else 2
        if self.take("COLUMNSTORE"):
            index.kind = 5 if kind == "CLUSTERED" else 6
        self.take("HASH")
        if self.peek("("):
            index.columns = self.inside(self._ordered)
        self._index_tail(index)
        return index

    def _index_tail(self, index: Index) -> None:
        if self.take("INCLUDE"):
            index.included = self.inside(self.name)
        if self.take("WHERE"):
            start = self.token.start
            self.condition()
            index.filter = "(" + self.sql[start:self.tokens[self.at - 1].end] + ")"
        self._tail()

    def create_index(self) -> nodes.Statement:
        """CREATE [UNIQUE] [CLUSTERED] [COLUMNSTORE] INDEX n ON t (…)."""
        line = self.token.line
        unique = self.take("UNIQUE")
        kind = self.take_any("CLUSTERED", "NONCLUSTERED")
        columnstore = self.take("COLUMNSTORE")
        self.want("INDEX")
        index = Index(self.name(), [], 1 if kind == "CLUSTERED" else 2, unique)
        if columnstore:
            index.kind = 5 if kind == "CLUSTERED" else 6
        self.want("ON")
        table = self.names()
        if self.peek("("):
            index.columns = self.inside(self._ordered)
        self._index_tail(index)
        return nodes.Statement("create index", line, {"table": table, "index": index})

    def alter_table(self) -> nodes.Statement:
        line, name = self.token.line, self.names()
        if self.take("WITH"):
            self.next()
        if self.take("ADD"):
            start = self.at
            return nodes.Statement("alter add", line, {"table": name, "parser": self, "at": start, "end": self._pass()})
        if self.take("DROP"):
            what = "CONSTRAINT" if self.take("CONSTRAINT") else "COLUMN"
            if what == "COLUMN":
                self.want("COLUMN")
            return nodes.Statement("alter drop", line, {"table": name, "what": what, "names": self.several(self.name)})
        if self.take("SET"):
            self.skip()
            return nodes.Statement("nothing", line)
        if self.take_any("CHECK", "NOCHECK", "ENABLE", "DISABLE", "REBUILD"):
            while self.token.upper not in (";", "") or self.token.kind == "quoted":
                self.next()
            return nodes.Statement("nothing", line)
        raise SqlError(102, f"Incorrect syntax near '{self.token.text}'.", 15)

    def _pass(self) -> int:
        """Passes over what ALTER TABLE adds: it is read when the table is known."""
        scratch = Table("", "", [])
        scratch.column = lambda name: Column(name, INT)
        while True:
            self.element(scratch)
            if not self.take(","):
                return self.at
