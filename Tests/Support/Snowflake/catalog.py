"""What fakesnow forgets or does otherwise about tables: keys that bind nobody, lengths of BINARY columns."""

import re
import threading
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from peer import Peer
from results import Result, column, number
from statements import Names, fold

HYBRID = re.compile(r"^(CREATE\s+(?:OR\s+REPLACE\s+)?)HYBRID\s+(TABLE\b)", re.IGNORECASE)


@dataclass
class Declared:
    """What a table was declared with: primary key columns in order, and types that fakesnow forgets, by column."""

    key: list[str] = field(default_factory=list)
    constraint: str = "SYS_CONSTRAINT"
    binary: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    iceberg: str = ""


class Catalog:
    """Declarations by full table name."""

    def __init__(self, peer: Peer):
        self._peer = peer
        self._lock = threading.Lock()
        self._tables: dict[str, Declared] = {}
        self._plain = False

    def prepare(self, sql: str, tree: exp.Expression | None) -> tuple[str, Declared]:
        """The statement as fakesnow takes it, and what was taken out of it.

        Keys of standard tables bind nobody in the service, and DuckDB would enforce them; those of hybrid tables stay.
        """
        declared = Declared(iceberg=iceberg_type(sql))
        hybrid = HYBRID.sub(r"\1\2", sql)
        if hybrid != sql:
            return hybrid, declared
        if tree is None or not isinstance(tree, exp.Create | exp.Alter) or not tree.find(exp.ColumnDef):
            return sql, declared
        tree = tree.copy()
        self._take_keys(tree, declared)
        for column_def in tree.find_all(exp.ColumnDef):
            type = column_def.args.get("kind")
            if type and (spelled := spelling(type)):
                declared.types[fold(column_def.this)] = spelled
            if type and type.this in (exp.DataType.Type.BINARY, exp.DataType.Type.VARBINARY) and type.expressions:
                declared.binary[fold(column_def.this)] = int(type.expressions[0].this.name)
                type.set("expressions", [])
        return tree.sql("snowflake"), declared

    def _take_keys(self, tree: exp.Expression, declared: Declared) -> None:
        for constraint in list(tree.find_all(exp.ColumnConstraint)):
            kind, owner = constraint.kind, constraint.find_ancestor(exp.ColumnDef)
            if isinstance(kind, exp.PrimaryKeyColumnConstraint):
                declared.key = [fold(owner.this)]
                constraint.set("kind", exp.NotNullColumnConstraint())
            elif isinstance(kind, exp.UniqueColumnConstraint | exp.Reference):
                constraint.pop()
        schema = tree.this if isinstance(tree.this, exp.Schema) else None
        for item in list(schema.expressions) if schema else []:
            inner = item.find(exp.PrimaryKey)
            if inner is not None:
                declared.key = [fold(part.find(exp.Identifier)) for part in inner.expressions]
                if isinstance(item, exp.Constraint):
                    declared.constraint = fold(item.this)
            if inner is not None or (
                not isinstance(item, exp.ColumnDef) and item.find(exp.UniqueColumnConstraint, exp.ForeignKey)):
                item.pop()
        for column_def in schema.expressions if schema else []:
            if isinstance(column_def, exp.ColumnDef) and fold(column_def.this) in declared.key:
                if not column_def.find(exp.NotNullColumnConstraint):
                    column_def.append("constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))

    def define(
        self, sql: str, tree: exp.Expression | None, name: str | None, declared: Declared, names: Names
    ) -> None:
        """Takes note of what a definition changed, once fakesnow has done it."""
        if name is None:
            return
        with self._lock:
            if isinstance(tree, exp.Create) and str(tree.args.get("kind")).upper() == "TABLE":
                like = tree.find(exp.LikeProperty, exp.Clone)
                if like is not None:
                    declared = replace(self._tables.get(names.table(like.this), Declared()))
                if not tree.args.get("exists") or name not in self._tables:
                    self._tables[name] = declared
            elif isinstance(tree, exp.Drop):
                self._tables.pop(name, None)
            elif isinstance(tree, exp.Alter):
                known = self._tables.setdefault(name, Declared())
                known.binary.update(declared.binary)
                known.types.update(declared.types)
                rename = tree.find(exp.AlterRename)
                if rename is not None:
                    self._tables[names.table(rename.this)] = self._tables.pop(name)
        for column_name, length in declared.binary.items():
            values = ", ".join(f"'{part}'" for part in [*name.split("."), column_name])
            self._peer.query(
                self._peer.admin,
                "INSERT INTO _fs_global._fs_information_schema._fs_columns_ext "
                f"SELECT {values}, {length}, {length} WHERE NOT EXISTS (SELECT 1 FROM "
                "_fs_global._fs_information_schema._fs_columns_ext WHERE (ext_table_catalog, ext_table_schema, "
                f"ext_table_name, ext_column_name) = ({values}))")

    def need_plain_stage(self, folder: str) -> None:
        """Sees to it that fakesnow has a stage over the folder with decrypted files."""
        with self._lock:
            if not self._plain:
                self._peer.query(self._peer.admin, "CREATE DATABASE IF NOT EXISTS _BENCH")
                self._peer.query(self._peer.admin, "CREATE SCHEMA IF NOT EXISTS _BENCH.PUBLIC")
                self._peer.query(
                    self._peer.admin, f"CREATE OR REPLACE STAGE _BENCH.PUBLIC.PLAIN URL = 'file://{folder}/'")
                self._plain = True

    def swap(self, one: str, other: str) -> None:
        with self._lock:
            a, b = self._tables.get(one, Declared()), self._tables.get(other, Declared())
            self._tables[one], self._tables[other] = b, a

    def binary_lengths(self, name: str) -> dict[str, int]:
        with self._lock:
            return dict(self._tables.get(name, Declared()).binary)

    def mend_description(self, result: Result, sql: str, names: Names) -> None:
        """Puts types as they were declared and primary keys into the rows of DESCRIBE TABLE."""
        found = re.match(r"DESC(?:RIBE)?\s+TABLE\s+(\S+)", sql, re.IGNORECASE)
        with self._lock:
            declared = self._tables.get(names.resolve(found.group(1)), Declared()) if found else Declared()
        result.rows, result.table = [list(row) for row in result.text_rows()], None
        places = {item["name"]: index for index, item in enumerate(result.rowtype)}
        for row in result.rows:
            name = row[places["name"]]
            row[places["type"]] = declared.types.get(str(name), row[places["type"]])
            if name in declared.key:
                row[places["primary key"]] = "Y"

    def keep_iceberg(self, result: Result) -> None:
        """Leaves only Iceberg tables in the rows of SHOW ICEBERG TABLES, which lists all tables."""
        places = {item["name"]: index for index, item in enumerate(result.rowtype)}
        with self._lock:
            iceberg = {name: declared.iceberg for name, declared in self._tables.items() if declared.iceberg}
        columns_ = [places[name] for name in ("database_name", "schema_name", "name")]
        rows = [(".".join(str(row[i]) for i in columns_), row) for row in result.text_rows()]
        result.rows = [[*row, iceberg[name]] for name, row in rows if name in iceberg]
        result.rowtype = [*result.rowtype, column("iceberg_table_type")]
        result.table = None

    def show_keys(self, sql: str, names: Names) -> Result:
        """SHOW PRIMARY KEYS [IN TABLE t | SCHEMA s | DATABASE d | ACCOUNT]."""
        found = re.search(r"\bIN\s+(?:(TABLE|SCHEMA|DATABASE|ACCOUNT)\b\s*)?(\S+)?", sql, re.IGNORECASE)
        scope = ((found.group(1) or "TABLE") if found else "SCHEMA").upper()
        given = found.group(2) if found else None
        current = {"SCHEMA": f"{names.database}.{names.schema}.", "DATABASE": f"{names.database}.", "ACCOUNT": ""}
        prefix = current.get(scope)
        if given and scope == "TABLE":
            prefix = names.resolve(given)
        elif given and scope != "ACCOUNT":
            # A schema or database is a table name that is a part or two short.
            full = names.resolve(f"{given}.X" if scope == "SCHEMA" else f"{given}.X.X")
            prefix = ".".join(full.split(".")[: 2 if scope == "SCHEMA" else 1]) + "."
        rowtype = [column(name) for name in ("created_on", "database_name", "schema_name", "table_name", "column_name")]
        rowtype += [number("key_sequence"), column("constraint_name"), column("rely"), column("comment")]
        with self._lock:
            tables = sorted(self._tables.items())
        rows: list[list[str | None]] = []
        for name, declared in tables:
            if name == prefix if scope == "TABLE" else name.startswith(prefix or ""):
                parts: list[Any] = name.split(".")
                for sequence, key in enumerate(declared.key, 1):
                    rows.append(["0", *parts, key, str(sequence), declared.constraint, "false", None])
        return Result(rowtype, rows)


def spelling(type: exp.DataType) -> str | None:
    """A declared type as DESCRIBE TABLE shows it, of those that fakesnow shows otherwise."""
    names = {
        "TIMESTAMPLTZ": "TIMESTAMP_LTZ", "TIMESTAMPTZ": "TIMESTAMP_TZ", "TIMESTAMPNTZ": "TIMESTAMP_NTZ",
        "TIMESTAMP": "TIMESTAMP_NTZ", "DATETIME": "TIMESTAMP_NTZ", "TIME": "TIME", "BINARY": "BINARY",
        "VARBINARY": "BINARY", "OBJECT": "OBJECT", "ARRAY": "ARRAY"}
    name = names.get(type.this.name if isinstance(type.this, exp.DataType.Type) else "")
    if name is None or name in ("OBJECT", "ARRAY"):
        return name
    length = type.expressions[0].name if type.expressions else "8388608" if name == "BINARY" else "9"
    return f"{name}({length})"


def iceberg_type(sql: str) -> str:
    """What SHOW ICEBERG TABLES calls a table that a statement makes: by whose catalog it is kept."""
    if not re.match(r"CREATE\s+(OR\s+REPLACE\s+)?ICEBERG\b", sql, re.IGNORECASE):
        return ""
    found = re.search(r"\bCATALOG\s*=\s*'([^']*)'", sql, re.IGNORECASE)
    return "UNMANAGED" if found and found.group(1).upper() != "SNOWFLAKE" else "MANAGED"
