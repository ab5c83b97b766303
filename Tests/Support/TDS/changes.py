"""Statements that change something: definitions and rows."""

from typing import Any

import constants
import nodes
import tsqltypes
from catalog import Column, Database, Index, Table
from conversions import Expression, convert
from errors import SqlError, missing
from scopes import Scope, quoted
from translation import Translation, table_sql


class Changes:
    """Needs `session`, `sink`, `execute` and `translation`; see runner.py."""

    session: Any
    sink: Any

    def _place(self, parts: list[str]) -> tuple[Database, Table]:
        return self.session.server.catalog.table(parts, self.session.database)

    def _define(self, sql: str) -> None:
        self.session.transactions.before_definition()
        self.session.cursor.execute(sql)

    # Databases, schemas, tables

    def _create_database(self, name: str, collation: str) -> None:
        database = self.session.server.create_database(name)
        if collation:
            database.settings["collation_name"] = collation

    def _drop_database(self, names: list[list[str]], lenient: bool) -> None:
        for (name,) in names:
            if name.lower() in self.session.server.catalog.databases or not lenient:
                self.session.server.drop_database(name)

    def _alter_database(self, name: str, words: list[str]) -> None:
        settings = self.session.server.catalog.database(
            self.session.database if name.upper() == "CURRENT" else name).settings
        if "ALLOW_SNAPSHOT_ISOLATION" in words:
            settings["snapshot_isolation_state"] = int(words[-1] == "ON")
        if "READ_COMMITTED_SNAPSHOT" in words:
            settings["is_read_committed_snapshot_on"] = words[-1] == "ON"

    def _create_schema(self, name: str) -> None:
        database = self.session.server.catalog.database(self.session.database)
        self._define(f"CREATE SCHEMA {quoted(database.name)}.{quoted(name)}")
        database.schemas[name] = max(database.schemas.values()) + 1

    def _create_table(self, table: Table) -> None:
        database = self.session.server.catalog.database(table.flags.pop("database", "") or self.session.database)
        table.schema = database.schema(table.schema or "dbo")
        columns = [f"{quoted(one.name)} {one.type.duckdb}{'' if one.nullable else ' NOT NULL'}" for one in table.columns
                   if one.computed is None]
        for one in table.columns:
            if one.type.family == "text" and not one.type.collation:
                one.type = one.type.collated(database.settings["collation_name"])
        for place, one in enumerate(table.columns):
            if one.type.collation == tsqltypes.DEFAULT_COLLATION:
                table.columns[place].type = one.type.collated(database.settings["collation_name"])
        if database.find(table.schema, table.name) is not None:
            raise SqlError(2714, f"There is already an object named '{table.name}' in the database.", state=6)
        self._define(
            f"CREATE TABLE {table_sql(database.name, table)} ({', '.join(columns or ['placeholder INTEGER'])})")
        with self.session.server.definitions:
            database.add(table)
        relation = Translation(self.session, {})
        relation.relation(table, table.name)
        if table.flags.get("history"):
            history = Table(table.flags["history"][0], table.flags["history"][-1], [
                Column(one.name, one.type, one.nullable) for one in table.columns], flags={"temporal_type": 1})
            if database.find(history.schema, history.name) is None:
                self._create_table(history)

    def _create_view(self, name: list[str], columns: list[str], query: Any, text: str, alter: bool) -> None:
        database, schema, plain = self.session.server.catalog.resolve(name, self.session.database)
        if alter:
            database.drop(schema, plain)
        _, found = Translation(self.session, {}).result(query)
        names = columns or [one.name for one in found]
        view = Table(
            database.schema(schema),
            plain, [Column(given, one.type, one.nullable) for given, one in zip(names, found)],
            query=query,
            text=text)
        self.session.transactions.before_definition()
        database.add(view)

    def _create_index(self, table: list[str], index: Index) -> None:
        database, found = self._place(table)
        for name, _ in index.columns:
            found.column(name)
        if index.kind in (1, 5) and any(one.kind in (1, 5) for one in found.indexes):
            raise SqlError(1902, f"Cannot create more than one clustered index on table '{found.name}'.", state=3)
        self.session.transactions.before_definition()
        found.indexes.append(index)
        database.adopt(found)

    def _create_statistics(self, name: str, table: list[str], columns: list[str]) -> None:
        _, found = self._place(table)
        self.session.transactions.before_definition()
        found.statistics.append((1000 + len(found.statistics), name, columns))

    def _alter_add(self, table: list[str], parser: Any, at: int, end: int) -> None:
        database, found = self._place(table)
        before = len(found.columns)
        self.session.transactions.before_definition()
        kept, parser.at = parser.at, at
        while True:
            parser.element(found)
            if not parser.take(","):
                break
        parser.at = kept
        for column in found.columns[before:]:
            if column.computed is not None:
                continue
            sql = f"ALTER TABLE {table_sql(database.name, found)} ADD COLUMN {quoted(column.name)} {column.type.duckdb}"
            if column.default is not None:
                value = convert(self.translation().expression(column.default, Scope()), column.type).sql
                sql += f" DEFAULT {value}"
            self.session.cursor.execute(sql)
        database.adopt(found)

    def _alter_drop(self, table: list[str], what: str, names: list[str]) -> None:
        database, found = self._place(table)
        self.session.transactions.before_definition()
        wanted = {name.lower() for name in names}
        if what == "CONSTRAINT":
            found.indexes = [one for one in found.indexes if one.name.lower() not in wanted]
            found.foreign_keys = [one for one in found.foreign_keys if one.name.lower() not in wanted]
        else:
            for name in names:
                if found.column(name).computed is None:
                    self.session.cursor.execute(
                        f"ALTER TABLE {table_sql(database.name, found)} DROP COLUMN {quoted(name)}")
            found.columns = [one for one in found.columns if one.name.lower() not in wanted]
        database.adopt(found)

    def _drop_table(self, names: list[list[str]], lenient: bool) -> None:
        for parts in names:
            try:
                database, table = self._place(parts)
            except SqlError as error:
                if lenient and error.number == 208:
                    continue
                raise SqlError(
                    3701, f"Cannot drop the table '{'.'.join(parts)}', because it does not exist or you do not have "
                    "permission.", 11, 5) from None
            self._define(f"DROP TABLE {table_sql(database.name, table)}")
            database.drop(table.schema, table.name)

    def _drop_view(self, names: list[list[str]], lenient: bool) -> None:
        for parts in names:
            database, schema, name = self.session.server.catalog.resolve(parts, self.session.database)
            self.session.transactions.before_definition()
            if not database.drop(schema, name) and not lenient:
                raise missing(".".join(parts))

    def _drop_index(self, names: list[list[str]], lenient: bool) -> None:
        for parts in names:
            database, table = self._place(parts[:-1])
            table.indexes = [one for one in table.indexes if one.name.lower() != parts[-1].lower()]
            database.adopt(table)

    def _drop_schema(self, names: list[list[str]], lenient: bool) -> None:
        database = self.session.server.catalog.database(self.session.database)
        for (name,) in names:
            self._define(f"DROP SCHEMA {quoted(database.name)}.{quoted(name)}")
            database.schemas.pop(database.schema(name))

    def add_property(self, given: dict[str, Any]) -> None:
        """sp_addextendedproperty of a table or a column."""
        database, table = self._place([given["@level0name"], given["@level1name"]])
        column = table.column(given["@level2name"]).number if given.get("@level2name") else 0
        database.properties.append((table.object_id, column, given["@name"], str(given["@value"])))

    def rename_column(self, given: dict[str, Any]) -> None:
        """sp_rename of a column, whose number stays."""
        *place, old = [part.strip("[]") for part in given["@objname"].split(".")]
        new = given["@newname"]
        database, table = self._place(place)
        column = table.column(old)
        self._define(
            f"ALTER TABLE {table_sql(database.name, table)} RENAME COLUMN {quoted(column.name)} TO {quoted(new)}")
        for index in table.indexes:
            index.columns = [(new if name.lower() == old.lower() else name, order) for name, order in index.columns]
        column.name = new
        database.adopt(table)

    # Rows

    def _identity_insert(self, table: list[str], on: bool) -> None:
        self.session.identity_insert = self._place(table)[1].object_id if on else None

    def _targets(self, table: Table, names: list[str]) -> list[Column]:
        if names:
            return [table.column(name) for name in names]
        explicit = self.session.identity_insert == table.object_id
        return [
            one for one in table.columns
            if one.computed is None and one.type.name != "timestamp" and not one.generated and (
                one.identity is None or explicit)]

    def _insert(self, table: list[str], columns: list[str], rows: list[list[Any]] | None, query: Any) -> None:
        database, found = self._place(table)
        translation, targets = self.translation(), self._targets(found, columns)
        translation.tables.append(f"{found.schema}.{found.name}".lower())
        for one in targets:
            if one.computed is not None:
                raise SqlError(
                    271, f'The column "{one.name}" cannot be modified because it is either a computed column or is '
                    "the result of a UNION operator.")
            if one.type.name == "timestamp":
                raise SqlError(
                    273, "Cannot insert an explicit value into a timestamp column. Use INSERT with a column list to "
                    "exclude the timestamp column, or insert a DEFAULT into the timestamp column.")
            if one.identity and self.session.identity_insert != found.object_id:
                raise SqlError(544, f"Cannot insert explicit value for identity column in table '{found.name}' when "
                                    "IDENTITY_INSERT is set to OFF.")
        given_values: list[list[Any]] = []
        if rows is not None:
            written, given_values = self._written(translation, targets, rows)
        else:
            sql, given = translation.query_sql(query, None)
            self._count_matches(len(given), len(targets))
            names = [f"c{place}" for place in range(len(given))]
            parts = [convert(Expression(f"s.{name}", one.type), target.type, assign=True).sql
                     for name, one, target in zip(names, given, targets)]
            written = f"SELECT {', '.join(parts)} FROM ({sql}) AS s({', '.join(names)})"
        target = table_sql(database.name, found)
        more = self._filled(translation, found, targets, None if rows is None else len(rows), written)
        if not targets and not more:
            more = [(found.columns[0], f"CAST(NULL AS {found.columns[0].type.duckdb})")]
        listed = ", ".join(quoted(one.name) for one in [*targets, *(one for one, _ in more)])
        if more:
            inner = ", ".join(f"i{place}" for place in range(len(targets)))
            filled = ", ".join(sql for _, sql in more)
            shown = f"{inner}, {filled}" if inner else filled
            written = f"SELECT {shown} FROM ({written}) AS r({inner or 'nothing'})"
        sql = f"INSERT INTO {target} ({listed}) {written}"
        count = self.execute(sql, translation, True, given_values).fetchone()[0]
        self._counted(count, 0xC3)

    @staticmethod
    def _count_matches(given: int, wanted: int) -> None:
        if given != wanted:
            few = "more" if given < wanted else "fewer"
            raise SqlError(
                213, f"Column name or number of supplied values does not match table definition: {few} columns.")

    def _written(self, translation: Translation, targets: list[Column], rows: list[list[Any]]) -> tuple[
            str, list[list[Any]]]:
        """SQL for rows, and the values of its parameters where all of them are literals."""
        made = []
        for row in rows:
            if row or len(rows) > 1:
                self._count_matches(len(row), len(targets))
        if rows[0] and (found := constants.columns(rows, [one.type for one in targets])):
            parts = [f"unnest(CAST(${place} AS {one.type.duckdb}[]))" for place, one in enumerate(targets, 1)]
            return f"SELECT {', '.join(parts)}", found
        for row in rows:
            values = []
            for node, column in zip(row, targets):
                if isinstance(node, nodes.Literal) and node.kind == "default":
                    node = column.default if column.default is not None else nodes.Literal("null")
                values.append(convert(translation.expression(node, Scope()), column.type, assign=True).sql)
            made.append(f"({', '.join(values) or '0'})")
        if not rows[0]:
            targets.clear()
        return f"VALUES {', '.join(made)}", []

    def _filled(self, translation: Translation, table: Table, targets: list[Column], count: int | None,
                written: str) -> list[tuple[Column, str]]:
        """What goes into the columns that an INSERT does not name."""
        rest = [one for one in table.columns if one.computed is None and one not in targets]
        found = []
        if any(one.identity or one.type.name == "timestamp" for one in rest) and count is None:
            self.session.transactions.before(True)
            count = self.session.cursor.execute(f"SELECT count(*) FROM ({written}) AS w").fetchone()[0]
        for one in rest:
            if one.type.name == "timestamp":
                first = self.session.server.rowversions.take(
                    count, self.session.spid, self.session.transactions.depth > 0)
                found.append((one, f"tds_of_int({first - 1} + row_number() OVER (), 8)"))
            elif one.identity:
                seed, step = one.identity
                first = seed if table.identity is None else table.identity + step
                table.identity = first + step * (count - 1) if count else table.identity
                self.session.identity = table.identity
                found.append((one, f"CAST({first - step} + {step} * row_number() OVER () AS {one.type.duckdb})"))
            elif one.generated:
                end = one.generated in (2, 8, 10)
                value = nodes.Literal("string", "9999-12-31 23:59:59.9999999") if end else nodes.Call(
                    "SYSUTCDATETIME", [])
                found.append((one, convert(translation.expression(value, Scope()), one.type).sql))
            elif one.default is not None:
                found.append((one, convert(translation.expression(one.default, Scope()), one.type).sql))
        return found

    def _counted(self, count: int, command: int) -> None:
        self.session.row_count = count
        self.sink.done(count, command)

    def _update(self, table: list[str], sources: list[Any], set: list[tuple[str, Any]], where: Any) -> None:
        if sources:
            raise SqlError(102, "the bench has no UPDATE with FROM", 15)
        database, found = self._place(table)
        translation, scope = self.translation(), Scope()
        translation.tables.append(f"{found.schema}.{found.name}".lower())
        scope.relations.append(translation.relation(found, found.name))
        parts = []
        for name, node in set:
            column = found.column(name)
            parts.append(
                f"{quoted(column.name)} = {convert(translation.expression(node, scope), column.type, assign=True).sql}")
        target = table_sql(database.name, found)
        for column in found.columns:
            if column.type.name == "timestamp":
                self.session.transactions.before(True)
                highest = self.session.cursor.execute(f"SELECT coalesce(max(rowid), 0) + 1 FROM {target}").fetchone()[0]
                first = self.session.server.rowversions.take(
                    highest, self.session.spid, self.session.transactions.depth > 0)
                parts.append(f"{quoted(column.name)} = tds_of_int({first} + {quoted(found.name)}.rowid, 8)")
        condition = f" WHERE {translation.condition(where, scope)}" if where is not None else ""
        sql = f"UPDATE {target} AS {quoted(found.name)} SET {', '.join(parts)}{condition}"
        self._counted(self.execute(sql, translation, True).fetchone()[0], 0xC5)

    def _delete(self, table: list[str], top: Any, sources: list[Any], where: Any) -> None:
        if sources:
            raise SqlError(102, "the bench has no DELETE with a second FROM", 15)
        database, found = self._place(table)
        translation, scope = self.translation(), Scope()
        translation.tables.append(f"{found.schema}.{found.name}".lower())
        scope.relations.append(translation.relation(found, found.name))
        target = f"{table_sql(database.name, found)} AS {quoted(found.name)}"
        condition = f" WHERE {translation.condition(where, scope)}" if where is not None else ""
        if top is not None:
            count = translation.expression(top, Scope()).sql
            condition = f" WHERE rowid IN (SELECT rowid FROM {target}{condition} LIMIT {count})"
        self._counted(self.execute(f"DELETE FROM {target}{condition}", translation, True).fetchone()[0], 0xC4)

    def _truncate(self, table: list[str]) -> None:
        database, found = self._place(table)
        translation = self.translation()
        translation.tables.append(f"{found.schema}.{found.name}".lower())
        self.execute(f"DELETE FROM {table_sql(database.name, found)}", translation, True)
        found.identity = None
