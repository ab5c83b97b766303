"""Views that count rows: partitions, allocation units, sizes, histograms. They count when they are asked."""

from typing import Any

from catalog import Database, Table
from conversions import Expression, canonical, key
from scopes import quoted
from shapes import Raw, shape

#: Steps of a histogram at the most.
STEPS = 200


def statistics(database: Database) -> list[tuple[Table, int, str, list[str]]]:
    """Every index that has keys has statistics of its number; others begin with 1000."""
    found = []
    for table in database.tables.values():
        for index in table.indexes:
            if index.columns and index.kind in (1, 2):
                found.append((table, index.number, index.name, [name for name, _ in index.columns]))
        found += [(table, number, name, columns) for number, name, columns in table.statistics]
    return found


#: From so many tables on they are counted one by one: that many counts in one query are more than DuckDB nests.
MANY = 200


def _stored(database: Database, session: Any) -> list[tuple[int, Table, Any, str]]:
    found = []
    tables = [table for table in database.tables.values() if not table.is_view]
    for table in tables:
        name = f"{quoted(database.name)}.{quoted(table.schema)}.{quoted(table.name)}"
        count = f"(SELECT count(*) FROM {name})"
        if len(tables) > MANY:
            count = session.peek(f"SELECT {count}")[0][0]
        for index in table.indexes:
            number = 72057594037927936 + table.object_id * 256 + index.number
            found.append((number, table, index, count if isinstance(count, int) else Raw(count)))
    return found


def _width(table: Table) -> int:
    return sum(max(shape(column.type)[0], 16) if shape(column.type)[0] < 1000 else 200 for column in table.columns)


def _pages(rows: Any, table: Table) -> Any:
    if isinstance(rows, int):
        return rows * _width(table) // 8060 + 1
    return Raw(f"({rows} * {_width(table)} // 8060 + 1)")


def partitions(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(number, table.object_id, index.number, 1, number, rows, 0, "NONE")
            for number, table, index, rows in _stored(database, session)]


def allocation_units(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(number + 1, 1, "IN_ROW_DATA", number, 1, pages, pages, pages)
            for number, table, _, rows in _stored(database, session) for pages in [_pages(rows, table)]]


def partition_stats(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(number, table.object_id, index.number, 1, pages, pages, pages, 0, 0, 0, 0, pages, pages, rows)
            for number, table, index, rows in _stored(database, session) for pages in [_pages(rows, table)]]


def properties(database: Database, catalog: Any, session: Any) -> list[tuple]:
    found = []
    for table, number, _, _ in statistics(database):
        rows = Raw(f"(SELECT count(*) FROM {quoted(database.name)}.{quoted(table.schema)}.{quoted(table.name)})")
        found.append((table.object_id, number, Raw("NULL"), rows, rows, STEPS, rows, 0))
    return found


def histograms(database: Database, catalog: Any, session: Any) -> list[tuple]:
    """Steps of equal height over what is there now: as exact as a full scan makes them."""
    found = []
    for table, number, _, columns in statistics(database):
        column = table.column(columns[0])
        name = f"{quoted(database.name)}.{quoted(table.schema)}.{quoted(table.name)}"
        value = Expression(quoted(column.name), column.type)
        if column.computed is not None or column.type.family in ("variant", "clr") or column.type.length < 0:
            continue
        declared = str(column.type) if column.type.family != "binary" else f"varbinary({column.type.length})"
        counted = session.peek(
            f"SELECT '{declared}|' || ({canonical(value)}), n, k IS NULL FROM (SELECT any_value({value.sql}) AS {value.sql}, "
            f"{key(value)} AS k, count(*) AS n FROM {name} GROUP BY k) ORDER BY k NULLS FIRST")
        found += _steps(table.object_id, number, counted)
    return found


def _steps(object_id: int, number: int, counted: list[tuple]) -> list[tuple]:
    total = sum(count for _, count, _ in counted)
    height = max(1, total // STEPS)
    rows, between, distinct = [], 0, 0
    for place, (value, count, is_null) in enumerate(counted):
        if place in (0, len(counted) - 1) or is_null or between + count >= height:
            rows.append((
                object_id, number, len(rows) + 1, None if is_null else value, float(between), float(count), distinct,
                between / distinct if distinct else 1.0))
            between = distinct = 0
        else:
            between, distinct = between + count, distinct + 1
    return rows
