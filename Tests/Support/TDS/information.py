"""The views of INFORMATION_SCHEMA."""

from typing import Any

from catalog import Database
from shapes import shape
from tsqltypes import DEFAULT_COLLATION


def tables(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(database.name, table.schema, table.name, "VIEW" if table.is_view else "BASE TABLE")
            for table in database.tables.values()]


def columns(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for table in database.tables.values():
        for column in table.columns:
            kind = column.type
            length = kind.length if kind.family in ("text",
                                                    "binary") and kind.name not in ("timestamp", "xml") else None
            number = kind.family in ("int", "decimal", "float") and kind.name != "bit"
            rows.append((
                database.name, table.schema, table.name, column.name, column.number, column.default_text
                or None, "YES" if column.nullable else "NO", kind.name, length, shape(kind)[1] if number else None,
                shape(kind)[2] if number and kind.family != "float" else None,
                shape(kind)[2] if kind.family in ("moment", "time", "zoned") else None,
                (kind.collation or DEFAULT_COLLATION) if kind.family == "text" and kind.name != "xml" else None))
    return rows
