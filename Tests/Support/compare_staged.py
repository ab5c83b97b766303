"""Compares staged Parquet files with the rows of a SQLite table, by two independent readers.

Usage: compare_staged.py SOURCE.db TABLE CONDITION READER STAGE_FOLDER COLUMN=TYPE...

READER is pyarrow or duckdb. TYPE says how the file holds the column: boolean, integer, float, text, binary, date,
timestamp, decimal or variant (JSON text: numbers, strings, {"$binary": hex}, {"$text": hex}, {"$real": "Infinity"}).
Prints what differs and exits with 1; exits with 0 when nothing does.
"""

import collections
import datetime
import decimal
import glob
import json
import sqlite3
import struct
import sys


def plain(value):
    """A value with its kind, so that 1, 1.0 and '1' differ, and so do 0.0 and -0.0."""
    if value is None:
        return ("null",)
    if isinstance(value, bool):
        return ("integer", int(value))
    if isinstance(value, int):
        return ("integer", value)
    if isinstance(value, float):
        return ("real", struct.pack("<d", value))
    if isinstance(value, str):
        return ("text", value.encode("utf-8", "surrogateescape"))
    return ("blob", bytes(value))


def variant(text):
    if text is None:
        return None
    value = json.loads(text, parse_float=float, parse_int=int)
    if isinstance(value, dict):
        ((kind, content),) = value.items()
        if kind == "$binary":
            return bytes.fromhex(content)
        if kind == "$text":
            return bytes.fromhex(content).decode("utf-8", "surrogateescape")
        if kind == "$real":
            return float(content)
        raise ValueError(f"no variant is called {kind}")
    return value


def as_staged(value, kind):
    """A value of the source as a file of this type has it, in the readers' own classes."""
    if value is None:
        return None
    if kind == "boolean":
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "date":
        return datetime.date.fromisoformat(value)
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(value)
    if kind == "decimal":
        return decimal.Decimal(repr(value) if isinstance(value, float) else value)
    return value


def key(value, kind):
    if value is None:
        return ("null",)
    if kind in ("date", "timestamp"):
        return (kind, value.isoformat())
    if kind == "decimal":
        return (kind, decimal.Decimal(value).normalize())
    return plain(value)


def read_pyarrow(files, names):
    import pyarrow.parquet as parquet

    for file in files:
        table = parquet.read_table(file, partitioning=None)
        yield from zip(*(table.column(name).to_pylist() for name in names))


def read_duckdb(files, names):
    import duckdb

    columns = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    for file in files:
        query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false)"
        yield from duckdb.connect().execute(query, [file]).fetchall()


def main():
    source, table, condition, reader, folder, *columns = sys.argv[1:]
    columns = [column.rsplit("=", 1) for column in columns]
    names = [name for name, _ in columns]
    files = sorted(glob.glob(folder + "/**/*.parquet", recursive=True))
    if not files:
        sys.exit(f"no file is staged in {folder}")
    read = {"pyarrow": read_pyarrow, "duckdb": read_duckdb}[reader]
    staged = collections.Counter()
    for row in read(files, names):
        staged[tuple(key(variant(v) if t == "variant" else v, t) for v, (_, t) in zip(row, columns))] += 1
    connection = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    wanted = collections.Counter()
    for row in connection.execute(f'SELECT {quoted} FROM "{table}" WHERE {condition}'):
        wanted[tuple(key(as_staged(v, t), t) for v, (_, t) in zip(row, columns))] += 1
    if staged != wanted:
        for label, difference in (("missing", wanted - staged), ("too many", staged - wanted)):
            print(label, sum(difference.values()), list(difference)[:3])
        sys.exit(1)
    print(f"{sum(wanted.values())} rows of {len(files)} files are equal by {reader}")


if __name__ == "__main__":
    main()
