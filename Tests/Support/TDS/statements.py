"""Statements of T-SQL: a batch becomes a list of nodes.Statement."""

import nodes
from definitions import Definitions
from nodes import Statement


class Batch(Definitions):
    """The rules of statements."""

    def statements(self) -> list[Statement]:
        found = []
        if self.token.kind in ("word", "quoted") and self.token.upper not in KEYWORDS:
            # A procedure that begins a batch needs no EXEC.
            found.append(self._exec(self.token.line))
        while True:
            while self.take(";"):
                pass
            if self.token.kind == "end":
                return found
            found.append(self.statement())

    def statement(self) -> Statement:
        token = self.token
        if self.peek("SELECT") or self.peek("("):
            return self._query(self.at)
        if self.peek("WITH"):
            at = self.at
            ctes = self._with()
            if self.peek("SELECT") or self.peek("("):
                return self._query(at)
            made = self.statement()
            made.facts["ctes"] = ctes
            return made
        name = "_" + token.upper.lower()
        rule = getattr(self, name, None) if token.kind == "word" and token.upper in KEYWORDS else None
        if rule is None:
            raise self.wrong()
        self.at += 1
        made = rule(token.line)
        self.take(";")
        return made

    def _query(self, at: int) -> Statement:
        self.at = at
        token = self.token
        query = self.query()
        return Statement(
            "query", token.line, {"query": query, "text": self.sql[token.start:self.tokens[self.at - 1].end]})

    def _with(self) -> list:
        self.want("WITH")
        return self.several(self._cte)

    def _if(self, line: int) -> Statement:
        condition = self.condition()
        then = self.statement()
        while self.take(";"):
            pass
        otherwise = self.statement() if self.take("ELSE") else None
        return Statement("if", line, {"condition": condition, "then": then, "else": otherwise})

    def _begin(self, line: int) -> Statement:
        if self.take_any("TRAN", "TRANSACTION"):
            if self.token.kind in ("word", "quoted", "variable") and self.token.upper not in KEYWORDS:
                self.next()
            return Statement("begin", line)
        inside = []
        while not self.take("END"):
            if not self.take(";"):
                inside.append(self.statement())
        return Statement("block", line, {"statements": inside})

    def _commit(self, line: int) -> Statement:
        self.take_any("TRAN", "TRANSACTION", "WORK")
        return Statement("commit", line)

    def _rollback(self, line: int) -> Statement:
        self.take_any("TRAN", "TRANSACTION", "WORK")
        return Statement("rollback", line)

    def _set(self, line: int) -> Statement:
        if self.token.kind == "variable":
            name = self.next().text
            self.want("=")
            return Statement("assign", line, {"name": name, "value": self.condition()})
        if self.take("TRANSACTION", "ISOLATION", "LEVEL"):
            words = [self.next().upper]
            if words[0] in ("READ", "REPEATABLE"):
                words.append(self.next().upper)
            return Statement("isolation", line, {"level": " ".join(words)})
        if self.take("IDENTITY_INSERT"):
            table = self.names()
            return Statement("identity insert", line, {"table": table, "on": self.next().upper == "ON"})
        options = [self.next().upper]
        while self.take(","):
            options.append(self.next().upper)
        value = ("-" if self.take("-") else "") + self.next().text
        while self.token.kind in ("int", "string", "word") and self.token.upper not in KEYWORDS:
            value += " " + self.next().text
        return Statement("option", line, {"names": options, "value": value})

    def _declare(self, line: int) -> Statement:
        def one() -> tuple:
            name = self.next().text
            self.take("AS")
            kind = self.type()
            return name, kind, self.expression() if self.take("=") else None
        return Statement("declare", line, {"variables": self.several(one)})

    def _use(self, line: int) -> Statement:
        return Statement("use", line, {"name": self.name()})

    def _print(self, line: int) -> Statement:
        return Statement("print", line, {"value": self.expression()})

    def _raiserror(self, line: int) -> Statement:
        return Statement("raise", line, {"arguments": self.inside(self.expression)})

    def _waitfor(self, line: int) -> Statement:
        self.want("DELAY")
        return Statement("wait", line, {"value": self.expression()})

    def _exec(self, line: int) -> Statement:
        name, arguments = self.names(), []
        if self.token.kind not in ("end",) and self.token.upper not in (";",):
            def one() -> tuple:
                at = self.token
                if at.kind == "variable" and self.tokens[self.at + 1].upper == "=":
                    self.at += 2
                    return at.text, self.expression()
                if at.kind == "word" and at.upper not in ("NULL", "DEFAULT"):
                    return "", nodes.Literal("nstring", self.next().text)
                return "", self.expression()
            arguments = self.several(one)
        return Statement("execute", line, {"name": name, "arguments": arguments})

    _execute = _exec

    def _create(self, line: int) -> Statement:
        if self.take("DATABASE"):
            name = self.name()
            collation = self.name() if self.take("COLLATE") else ""
            return Statement("create database", line, {"name": name, "collation": collation})
        if self.take("SCHEMA"):
            name = self.name()
            if self.take("AUTHORIZATION"):
                self.name()
            return Statement("create schema", line, {"name": name})
        if self.take("TABLE"):
            return Statement("create table", line, {"table": self.create_table()})
        if self.take("STATISTICS"):
            name = self.name()
            self.want("ON")
            return Statement("create statistics", line, {
                "name": name, "table": self.names(), "columns": self.inside(self.name)})
        alter = self.take("OR", "ALTER")
        if self.take("VIEW"):
            name = self.names()
            columns = self.inside(self.name) if self.peek("(") else []
            if self.take("WITH"):
                self.several(self.name)
            self.want("AS")
            start = self.token.start
            query = self.query()
            text = self.sql[start:self.tokens[self.at - 1].end]
            return Statement("create view", line, {
                "name": name, "columns": columns, "query": query, "text": text, "alter": alter})
        return self.create_index()

    def _drop(self, line: int) -> Statement:
        kind = self.next().upper
        lenient = self.take("IF", "EXISTS")
        names = self.several(self.names)
        if kind == "INDEX" and self.take("ON"):
            names = [[*self.names(), *names[0]]]
        return Statement("drop " + kind.lower(), line, {"names": names, "lenient": lenient})

    def _alter(self, line: int) -> Statement:
        if self.take("TABLE"):
            return self.alter_table()
        self.want("DATABASE")
        name = self.name()
        words = []
        while self.token.kind != "end" and self.token.upper != ";":
            words.append(self.next().text.upper())
        return Statement("alter database", line, {"name": name, "words": words})

    def _truncate(self, line: int) -> Statement:
        self.want("TABLE")
        return Statement("truncate", line, {"table": self.names()})

    def _insert(self, line: int) -> Statement:
        self.take("INTO")
        facts = {"table": self.names(), "columns": [], "rows": None, "query": None}
        self.hints()
        if self.peek("(") and self.tokens[self.at + 1].upper not in ("SELECT", "WITH", "("):
            facts["columns"] = self.inside(lambda: self.names()[-1])
        if self.take("DEFAULT", "VALUES"):
            facts["rows"] = [[]]
        elif self.take("VALUES"):
            facts["rows"] = self.several(lambda: self.inside(self.expression))
        else:
            facts["query"] = self.query()
        return Statement("insert", line, facts)

    def _update(self, line: int) -> Statement:
        facts = {"table": self.names(), "sources": []}
        self.hints()
        self.want("SET")

        def one() -> tuple:
            name = self.names()[-1]
            self.want("=")
            return name, self.expression()
        facts["set"] = self.several(one)
        if self.take("FROM"):
            facts["sources"] = self.several(self.source)
        facts["where"] = self.condition() if self.take("WHERE") else None
        return Statement("update", line, facts)

    def _delete(self, line: int) -> Statement:
        top = None
        if self.take("TOP"):
            top = self._atom()
        self.take("FROM")
        facts = {"table": self.names(), "top": top, "sources": []}
        self.hints()
        if self.take("FROM"):
            facts["sources"] = self.several(self.source)
        facts["where"] = self.condition() if self.take("WHERE") else None
        return Statement("delete", line, facts)


KEYWORDS = {
    "IF", "BEGIN", "COMMIT", "ROLLBACK", "SET", "DECLARE", "USE", "PRINT", "RAISERROR", "WAITFOR", "EXEC", "EXECUTE",
    "CREATE", "DROP", "ALTER", "TRUNCATE", "INSERT", "UPDATE", "DELETE", "SELECT", "WITH"}
