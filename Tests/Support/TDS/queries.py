"""Queries of T-SQL: SELECT, its unions and its sources become the tree of nodes.py."""

from typing import Any

import nodes
from parser import RESERVED, Parser

JOINS = {"JOIN": "INNER", "INNER": "INNER", "LEFT": "LEFT", "RIGHT": "RIGHT", "FULL": "FULL", "CROSS": "CROSS"}


class Queries(Parser):
    """The rules of queries."""

    def query(self) -> nodes.Query:
        ctes = []
        if self.take("WITH"):
            ctes = self.several(self._cte)
        query = nodes.Query(self._union(), ctes)
        if self.take("ORDER", "BY"):
            query.order = self.several(self.ordered)
        if self.take("OFFSET"):
            query.offset = self.expression()
            self.take_any("ROWS", "ROW")
            if self.take("FETCH"):
                self.take_any("NEXT", "FIRST")
                query.fetch = self.expression()
                self.take_any("ROWS", "ROW")
                self.want("ONLY")
        if self.take("OPTION"):
            self.skip()
        return query

    def _cte(self) -> tuple[str, list[str], nodes.Query]:
        name, columns = self.name(), self.inside(self.name) if self.peek("(") else []
        self.want("AS", "(")
        query = self.query()
        self.want(")")
        return name, columns, query

    def _union(self) -> Any:
        left = self._term()
        while op := self.take_any("UNION", "EXCEPT", "INTERSECT"):
            op += " ALL" if self.take("ALL") else ""
            left = nodes.Union(op, left, self._term())
        return left

    def _term(self) -> Any:
        if self.take("("):
            body = self._union()
            self.want(")")
            return body
        self.want("SELECT")
        select = nodes.Select([], [])
        select.distinct = self.take("DISTINCT")
        self.take("ALL")
        if self.take("TOP"):
            select.top = self._atom()
            select.percent = self.take("PERCENT")
            if self.peek("WITH", "TIES"):
                raise self.wrong()
        select.items = self.several(self._item)
        if self.take("FROM"):
            select.sources = self.several(self.source)
        if self.take("WHERE"):
            select.where = self.condition()
        if self.take("GROUP", "BY"):
            select.group = self.several(self.expression)
        if self.take("HAVING"):
            select.having = self.condition()
        return select

    def _item(self) -> tuple[Any, str]:
        if self.take("*"):
            return nodes.Name(["*"]), ""
        if self.token.kind in ("word", "quoted") and self.tokens[self.at + 1].upper == "=":
            alias = self.name()
            self.want("=")
            return self.expression(), alias
        if self.token.kind == "variable" and self.tokens[self.at + 1].upper == "=":
            variable = self.next().text
            self.want("=")
            return self.expression(), variable
        value = self.expression()
        if self.take("AS"):
            return value, self.next().text if self.token.kind in ("string", "nstring") else self.name()
        plain = self.token.kind == "quoted" or self.token.kind == "word" and self.token.upper not in RESERVED
        return value, self.next().text if plain and not self.peek("OFFSET") else ""

    def source(self) -> Any:
        left = self._primary()
        while True:
            if self.peek("CROSS", "APPLY") or self.peek("OUTER", "APPLY"):
                kind = f"{self.next().upper} {self.next().upper}"
                left = nodes.Join(kind, left, self._primary())
            elif self.token.upper in JOINS:
                kind = JOINS[self.next().upper]
                self.take("OUTER")
                if kind != "INNER" or self.tokens[self.at - 1].upper == "INNER":
                    self.want("JOIN")
                right = self._primary()
                on = None
                if kind != "CROSS":
                    self.want("ON")
                    on = self.condition()
                left = nodes.Join(kind, left, right, on)
            else:
                return left

    def _primary(self) -> Any:
        made = nodes.Source()
        if self.take("("):
            if self.take("VALUES"):
                made.rows = self.several(lambda: self.inside(self.expression))
            elif self.peek("SELECT") or self.peek("WITH"):
                made.query = self.query()
            else:
                joined = self.source()
                self.want(")")
                return joined
            self.want(")")
        else:
            made.parts = self.names()
            if self.peek("("):
                made.call = self.inside(self.expression)
        self.hints()
        if self.take("AS") or self.token.kind == "quoted" or (
                self.token.kind == "word" and self.token.upper not in RESERVED and not self.peek("OFFSET")):
            made.alias = self.name()
            made.columns = self.inside(self.name) if self.peek("(") else []
        if self.take("TABLESAMPLE"):
            made.sample = self._sample()
        self.hints()
        return made

    def _sample(self) -> str:
        """The server takes whole pages; DuckDB here takes rows one by one."""
        self.take("SYSTEM")
        self.want("(")
        count = self.next().text
        made = f" TABLESAMPLE reservoir({count} ROWS)" if self.take(
            "ROWS") else f" TABLESAMPLE bernoulli({count} PERCENT)"
        self.take("PERCENT")
        self.want(")")
        if self.take("REPEATABLE"):
            self.want("(")
            made += f" REPEATABLE ({self.next().text})"
            self.want(")")
        return made

    def hints(self) -> None:
        if self.take("WITH"):
            self.skip()
