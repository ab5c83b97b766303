"""Queries: trees of nodes.py become DuckDB's SQL, and their columns keep the types of T-SQL."""

import itertools
from dataclasses import replace
from typing import Any

import nodes
import views
from catalog import Table
from conversions import Expression, convert, key
from errors import SqlError, missing
from expressions import Expressions
from scopes import Relation, Scope, Visible, quoted
from tokenstream import Column
from tsqltypes import INT, Type, common


class Translation(Expressions):
    """The translation of one statement of a session; `tables` are those that it names, for faults and grants."""

    def __init__(self, session: Any, variables: dict[str, tuple[Type, Any]]):
        self.session, self.variables = session, variables
        self.tables: list[str] = []
        self._ctes: list[dict[str, list[Visible]]] = []
        self._aliases = itertools.count(1)
        self._database = ""

    # Queries

    def result(self, query: nodes.Query) -> tuple[str, list[Column]]:
        """The SQL and the columns of a query whose rows a client gets."""
        sql, columns = self.query_sql(query, None)
        described = []
        for column in columns:
            known = column.column
            table = getattr(known, "table_name", ())
            described.append(Column(column.name, column.type, column.nullable, bool(known and known.identity),
                                    bool(known and known.definition), table or ("dbo", "t")))
        return sql, described

    def query_sql(self, query: nodes.Query, outer: Scope | None) -> tuple[str, list[Visible]]:
        known: dict[str, list[Visible]] = {}
        self._ctes.append(known)
        written = []
        for name, names, inner in query.ctes:
            sql, columns = self.query_sql(inner, outer)
            columns = self._renamed(columns, names)
            known[name.lower()] = columns
            given = ", ".join(quoted(column.name) for column in columns)
            written.append(f"{quoted(name)}({given}) AS ({sql})")
        body, columns = self._body(query.body, outer, query)
        self._ctes.pop()
        return ("WITH " + ", ".join(written) + " " if written else "") + body, columns

    @staticmethod
    def _renamed(columns: list[Visible], names: list[str]) -> list[Visible]:
        if names and len(names) != len(columns):
            raise SqlError(8158, "the number of column names differs from the number of columns")
        return [replace(column, name=name) for column, name in zip(columns, names)] if names else columns

    def _body(self, body: Any, outer: Scope | None, query: nodes.Query | None) -> tuple[str, list[Visible]]:
        if isinstance(body, nodes.Union):
            return self._union(body, outer, query)
        if isinstance(body, nodes.Query):
            return self.query_sql(body, outer)
        return self._select(body, outer, query)

    def _union(self, body: nodes.Union, outer: Scope | None, query: nodes.Query | None) -> tuple[str, list[Visible]]:
        left, first = self._body(body.left, outer, None)
        right, second = self._body(body.right, outer, None)
        if len(first) != len(second):
            raise SqlError(
                205, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number "
                "of expressions in their target lists.")
        columns = [replace(one, type=one.type if one.type == other.type else common(one.type, other.type), column=None,
                           nullable=one.nullable or other.nullable) for one, other in zip(first, second)]

        def side(sql: str, given: list[Visible]) -> str:
            names = [f"u{place}" for place in range(len(given))]
            parts = [convert(Expression(f"s.{name}", one.type), column.type).sql + f" AS {name}"
                     for name, one, column in zip(names, given, columns)]
            return f"SELECT {', '.join(parts)} FROM ({sql}) AS s({', '.join(names)})"

        sql = f"{side(left, first)} {'UNION ALL' if body.op == 'UNION' else body.op} {side(right, second)}"
        names = [f"u{place}" for place in range(len(columns))]
        distinct = ""
        if body.op == "UNION":
            keys = ", ".join(key(Expression(name, column.type)) for name, column in zip(names, columns))
            distinct = f"DISTINCT ON ({keys}) "
        sql = f"SELECT {distinct}* FROM ({sql}) AS s({', '.join(names)})"
        if query is not None and query.order:
            scope = Scope(
                outer, [Relation("", [], [replace(column, sql=name) for column, name in zip(columns, names)])])
            outputs = [Expression(name, column.type) for name, column in zip(names, columns)]
            sql += self._order(query, scope, outputs, [column.name for column in columns])
        return sql, columns

    def _select(self, body: nodes.Select, outer: Scope | None, query: nodes.Query | None) -> tuple[str, list[Visible]]:
        scope = Scope(outer)
        sources = [self._source(one, scope) for one in body.sources]
        where = f" WHERE {self.condition(body.where, scope)}" if body.where is not None else ""
        groups = [self.expression(one, scope) for one in body.group]
        scope.groups = {one.sql: f"any_value({one.sql})" for one in groups if key(one) != one.sql}
        outputs, names = [], []
        for node, alias in body.items:
            if isinstance(node, nodes.Name) and node.parts[-1] == "*":
                for column in scope.star(node.parts[:-1]):
                    substitute = scope.groups.get(column.sql, column.sql)
                    outputs.append(Expression(substitute, column.type, column.nullable, column=column.column))
                    names.append(column.name)
                continue
            value = self.expression(node, scope)
            if value.is_null:
                value = convert(value, INT)
            outputs.append(value)
            names.append(alias or (node.parts[-1] if isinstance(node, nodes.Name) else ""))
        having = f" HAVING {self.condition(body.having, scope)}" if body.having is not None else ""
        limit = self._limit(body, query, scope)
        distinct = ""
        if body.distinct:
            keyed = any(key(one) != one.sql for one in outputs)
            distinct = f"DISTINCT ON ({', '.join(key(one) for one in outputs)}) " if keyed else "DISTINCT "
        listed = ", ".join(
            f"{one.sql} AS {quoted(name or f'c{place}')}" for place, (one, name) in enumerate(zip(outputs, names)))
        sql = f"SELECT {distinct}{listed}"
        sql += f" FROM {', '.join(sources)}" if sources else ""
        sql += where
        sql += f" GROUP BY {', '.join(key(one) for one in groups)}" if groups else ""
        sql += having
        if query is not None and query.order:
            sql += self._order(query, scope, outputs, names)
        sql += limit
        nullable = bool(body.group) or outer is not None
        return sql, [Visible(name, one.type, "", one.nullable or nullable and one.column is None, column=one.column)
                     for one, name in zip(outputs, names)]

    def _order(self, query: nodes.Query, scope: Scope, outputs: list[Expression], names: list[str]) -> str:
        parts = []
        for node, down in query.order:
            value = None
            if isinstance(node, nodes.Literal) and node.kind == "int":
                if not 1 <= int(node.text) <= len(outputs):
                    raise SqlError(
                        108, f"The ORDER BY position number {node.text} is out of range of the number of items in "
                        "the select list.")
                value = outputs[int(node.text) - 1]
            elif isinstance(node, nodes.Name) and len(node.parts) == 1:
                value = next((one for one, name in zip(outputs, names) if name.lower() == node.parts[0].lower()), None)
            elif isinstance(node, nodes.Query):
                continue
            parts.append(self.order_sql(value or self.expression(node, scope), down))
        return f" ORDER BY {', '.join(parts)}" if parts else ""

    def _limit(self, body: nodes.Select, query: nodes.Query | None, scope: Scope) -> str:
        sql = ""
        if body.top is not None:
            count = self.expression(body.top, scope)
            sql = f" LIMIT CAST({count.sql} AS BIGINT)" if not body.percent else f" LIMIT CAST({count.sql} AS DOUBLE)%"
        if query is not None and query.offset is not None:
            if not query.order or body.top is not None:
                raise SqlError(10741, "A TOP can not be used in the same query or sub-query as a OFFSET.", 15)
            if query.fetch is not None:
                sql += f" LIMIT CAST({self.expression(query.fetch, scope).sql} AS BIGINT)"
            sql += f" OFFSET CAST({self.expression(query.offset, scope).sql} AS BIGINT)"
        return sql

    # Sources

    def _source(self, node: Any, scope: Scope) -> str:
        if isinstance(node, nodes.Join):
            left = self._source(node.left, scope)
            if "APPLY" in node.kind:
                return self._apply(left, node, scope)
            before = len(scope.relations)
            right = self._source(node.right, scope)
            if node.kind in ("LEFT", "FULL"):
                self._may_miss(scope, before, len(scope.relations))
            if node.kind in ("RIGHT", "FULL"):
                self._may_miss(scope, 0, before)
            on = f" ON {self.condition(node.on, scope)}" if node.on is not None else ""
            return f"({left} {node.kind} JOIN {right}{on})" if not left.startswith(
                "(") else f"{left} {node.kind} JOIN {right}{on}"
        if node.query is not None or node.rows is not None:
            return self._derived(node, scope)
        if node.call is not None:
            sql, columns = self._function(node, scope)
            return self._placed(sql, columns, node, scope)
        return self._table(node, scope)

    @staticmethod
    def _may_miss(scope: Scope, start: int, end: int) -> None:
        for relation in scope.relations[start:end]:
            for column in relation.columns:
                column.nullable = True

    def _apply(self, left: str, node: nodes.Join, scope: Scope) -> str:
        inner = node.right
        kind = "LEFT" if node.kind == "OUTER APPLY" else "INNER"
        if inner.call is not None:
            sql, columns = self._function(inner, scope)
            placed = self._placed(f"SELECT * FROM ({sql.split(' /*where*/ ')[0]})", columns, inner, scope)
            return f"{left} {kind} JOIN {placed} ON {sql.split(' /*where*/ ')[1].replace('@', quoted(inner.alias or inner.parts[-1]) + '.')}"
        sql, columns = self.query_sql(inner.query, scope)
        placed = self._placed(sql, self._renamed(columns, inner.columns), inner, scope)
        return f"{left} {kind} JOIN LATERAL {placed} ON true"

    def _placed(self, sql: str, columns: list[Visible], node: nodes.Source, scope: Scope, parts: list[str] = ()) -> str:
        """A derived table under its alias, among what the scope sees."""
        alias = node.alias or (node.parts[-1] if node.parts else f"d{next(self._aliases)}")
        if " /*where*/ " in sql:
            sql = sql.replace(" /*where*/ ", " WHERE ").replace("@", "")
        seen, names = [], []
        for place, column in enumerate(columns):
            name = column.name or f"c{place}"
            names.append(quoted(name))
            seen.append(replace(column, name=column.name, sql=f"{quoted(alias)}.{quoted(name)}"))
        scope.relations.append(Relation(alias, list(parts), seen))
        return f"({sql}) AS {quoted(alias)}({', '.join(names)})"

    def _derived(self, node: nodes.Source, scope: Scope) -> str:
        if node.rows is not None:
            rows = [[self.expression(one, scope) for one in row] for row in node.rows]
            unified = [self.unified([row[place] for row in rows]) for place in range(len(rows[0]))]
            columns = [Visible(name, column[0].type, "") for name, column in zip(node.columns, unified)]
            sql = "VALUES " + ", ".join(
                f"({', '.join(column[place].sql for column in unified)})" for place in range(len(rows)))
            return self._placed(sql, columns, node, scope)
        sql, columns = self.query_sql(node.query, scope.outer)
        return self._placed(sql, self._renamed(columns, node.columns), node, scope)

    def _function(self, node: nodes.Source, scope: Scope) -> tuple[str, list[Visible]]:
        name = node.parts[-1].lower()
        arguments = [self.expression(one, scope) for one in node.call]
        if name in ("dm_db_stats_histogram", "dm_db_stats_properties"):
            columns, sql = views.source(self, "sys", name, self._name_of_database(node.parts))
            return (
                f"SELECT * FROM ({sql}) /*where*/ @object_id = {arguments[0].sql} AND @stats_id = {arguments[1].sql}", [
                    Visible(column.name, column.type, "") for column in columns])
        if name == "fn_helpcollations":
            columns, sql = views.source(self, "sys", name, self._name_of_database(node.parts))
            return sql, [Visible(column.name, column.type, "") for column in columns]
        raise missing(".".join(node.parts))

    def _name_of_database(self, parts: list[str]) -> str:
        return parts[0] if len(parts) == 3 and parts[0] else self._database or self.session.database

    def _table(self, node: nodes.Source, scope: Scope) -> str:
        if len(node.parts) == 1:
            for known in reversed(self._ctes):
                if node.parts[0].lower() in known:
                    columns = known[node.parts[0].lower()]
                    return self._placed(f"SELECT * FROM {quoted(node.parts[0])}", columns, node, scope)
        schema = node.parts[-2].lower() if len(node.parts) > 1 else ""
        if schema in ("sys", "information_schema") or node.parts[-1].lower() in views.COMPATIBLE:
            columns, sql = views.source(
                self, schema or "sys", node.parts[-1].lower(), self._name_of_database(node.parts))
            self.tables.append(f"{schema or 'sys'}.{node.parts[-1]}".lower())
            seen = [Visible(column.name, column.type, "", column.nullable) for column in columns]
            return self._placed(sql, seen, node, scope, node.parts)
        database, table = self.session.server.catalog.table(node.parts, self._database or self.session.database)
        self.tables.append(f"{table.schema}.{table.name}".lower())
        if table.is_view:
            before, self._database = self._database, database.name
            sql, columns = self.query_sql(table.query, None)
            self._database = before
            columns = self._renamed(columns, [column.name for column in table.columns])
            return self._placed(sql, columns, node, scope, [table.schema, table.name])
        alias = node.alias or table.name
        scope.relations.append(self.relation(table, alias))
        return f"{table_sql(database.name, table)} AS {quoted(alias)}{node.sample}"

    def relation(self, table: Table, alias: str) -> Relation:
        """A table's columns under an alias; a computed one is its definition."""
        seen = []
        relation = Relation(alias, [table.schema, table.name], seen)
        inner = Scope(None, [relation])
        for column in table.columns:
            column.table_name = (table.schema, table.name)
            if column.computed is not None:
                value = self.expression(column.computed, inner)
                column.type = value.type
                seen.append(Visible(column.name, value.type, value.sql, True, column.hidden, column))
            else:
                seen.append(Visible(column.name, column.type, f"{quoted(alias)}.{quoted(column.name)}", column.nullable,
                                    column.hidden, column))
        return relation


def table_sql(database: str, table: Table) -> str:
    return f"{quoted(database)}.{quoted(table.schema)}.{quoted(table.name)}"
