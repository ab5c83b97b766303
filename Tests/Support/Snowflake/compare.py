"""Compares tables of a SQLite file with tables of the bench's account, row by row, through Snowflake's own connector.

    compare.py FACTS SOURCE DATABASE SCHEMA [TABLE …]

FACTS is the file with the line that the bench printed. Knows nothing of scmplan but what docs/types.md promises. Prints
what differs, a line each; exits with 1 when anything does. Columns that begin with _SCMPLAN_ are left out.
"""

import datetime
import json
import sqlite3
import sys
from collections import Counter
from decimal import Decimal

import snowflake.connector


def written(value: object) -> object:
    """A value in one spelling for both sides, with its kind."""
    match value:
        case None:
            return None
        case bool() | int() | Decimal():
            return ("number", format(Decimal(int(value) if isinstance(value, bool) else value).normalize(), "f"))
        case float():
            return ("float", repr(value))
        case bytes() | bytearray():
            return ("bytes", bytes(value).hex())
        case datetime.datetime():
            return ("text", value.isoformat(" "))
        case datetime.date():
            return ("text", value.isoformat())
    return ("text", value)


def from_variant(text: str | None) -> object:
    """What a mixed column holds: JSON, with objects for what JSON has no value for."""
    if text is None:
        return None
    value = json.loads(text)
    match value:
        case {"$binary": digits}:
            return bytes.fromhex(digits)
        case {"$text": digits}:
            return bytes.fromhex(digits).decode("utf-8", "surrogateescape")
        case {"$real": spelled}:
            return float(spelled)
    return value


def from_source(value: object, kind: str) -> object:
    """A value of SQLite as the column of that kind is to have it."""
    if kind == "FIXED" and isinstance(value, float):
        return Decimal(repr(value))
    if kind == "REAL" and isinstance(value, int):
        return float(value)
    if kind.startswith("TIMESTAMP") and isinstance(value, str):
        # The connector tells a fraction only where there is one, and then in six digits.
        whole, _, fraction = value.partition(".")
        return whole if not fraction.strip("0") else f"{whole}.{fraction:0<6}"
    return value


def differences(source: sqlite3.Connection, cursor: snowflake.connector.cursor.SnowflakeCursor, table: str) -> list[str]:
    quoted = '"' + table.replace('"', '""') + '"'
    names = [row[0].upper() for row in source.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))]
    exact = cursor.execute("SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = %s", (table,)).fetchone()
    stored = (table if exact else table.upper()).replace('"', '""')
    cursor.execute(f'SELECT * FROM "{stored}"')
    kinds = {column.name: snowflake.connector.constants.FIELD_ID_TO_NAME[column.type_code] for column in cursor.description}
    found = [name for name in kinds if not name.startswith("_SCMPLAN_")]
    if found != names:
        return [f"{table}: columns {found}, not {names}"]
    order = list(kinds)
    there: Counter = Counter()
    for row in cursor:
        values = dict(zip(order, row))
        there[tuple(
            written(from_variant(values[name]) if kinds[name] == "VARIANT" else values[name]) for name in names)] += 1
    here = Counter(
        tuple(written(from_source(value, kinds[name])) for value, name in zip(row, names))
        for row in source.execute(f"SELECT * FROM {quoted}"))
    missing, extra = here - there, there - here
    if not missing and not extra:
        return []
    return [f"{table}: {missing.total()} rows are missing, {extra.total()} are too many",
            *(f"  missing: {row}" for row in list(missing)[:3]), *(f"  too many: {row}" for row in list(extra)[:3])]


def main(facts: str, path: str, database: str, schema: str, *tables: str) -> int:
    with open(facts) as file:
        bench = json.load(file)
    source = sqlite3.connect(path)
    chosen = list(tables) or [row[0] for row in source.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
    connection = snowflake.connector.connect(
        account=bench["account"], user=bench["user"], password=bench["password"], host="127.0.0.1", port=bench["http"],
        protocol="http", database=database, schema=schema)
    problems = [line for table in chosen for line in differences(source, connection.cursor(), table)]
    print("\n".join(problems or [f"{len(chosen)} tables are equal"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
