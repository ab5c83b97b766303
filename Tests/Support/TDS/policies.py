"""Security policies, as their views tell of them: they are told, and filter nothing."""

from typing import Any

from catalog import Database


def policies(database: Database, catalog: Any, session: Any) -> list[tuple]:
    """One for each table whose flag `row_filter` is set."""
    return [(f"policy {table.object_id}", table.object_id + 1, database.schemas[table.schema], 0, 1, 0)
            for table in database.tables.values() if table.flags.get("row_filter")]


def predicates(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(table.object_id + 1, 1, table.object_id, "(allowed())", 0, "FILTER", None, None)
            for table in database.tables.values() if table.flags.get("row_filter")]
