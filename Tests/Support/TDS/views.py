"""Catalog views as Microsoft documents them, made from catalog.py whenever a query names one."""

import json
from typing import Any

import information
import policies
import tallies
from catalog import Database, Table
from errors import missing
from shapes import TYPE_IDS, USER_TYPES, Raw, shape
from tokenstream import Column
from tsqltypes import DEFAULT_COLLATION, SYSNAME, Type, named
from values import to_sql

#: Views under names without `sys.`, for scripts of old.
COMPATIBLE = {"sysdatabases"}
#: More rows than this are written as one document.
MANY = 100


def _columns(declared: str) -> list[Column]:
    """`name type, …`, where a type without a name after it is meant for all names before it."""
    found = []
    for part in declared.split(","):
        name, _, kind = part.strip().partition(" ")
        sizes = kind.partition("(")[2].rstrip(")")
        known = SYSNAME if kind == "sysname" else named(kind.partition("(")[0], [int(sizes)] if sizes else [], 60)
        found.append(Column(name, known))
    return found


def source(translation: Any, schema: str, name: str, database: str) -> tuple[list[Column], str]:
    """A view's columns, and the SQL of a table with its rows."""
    view = VIEWS.get((schema if name not in COMPATIBLE else "sys", name))
    if view is None:
        raise missing(f"{schema}.{name}")
    columns = _columns(view[0])
    catalog = translation.session.server.catalog
    rows = view[1](catalog.database(database), catalog, translation.session)
    return columns, rows_sql(columns, rows)


def rows_sql(columns: list[Column], rows: list[tuple]) -> str:
    names = [f"v{place}" for place in range(len(columns))]
    shown = ", ".join(
        f'CAST({name} AS {column.type.duckdb}) AS "{column.name}"' for name, column in zip(names, columns))
    if not rows:
        nothing = ", ".join(f'CAST(NULL AS {column.type.duckdb}) AS "{column.name}"' for column in columns)
        return f"SELECT {nothing} WHERE false"
    if len(rows) > MANY and not any(isinstance(value, (Raw, bytes)) for row in rows for value in row):
        # As one document: DuckDB takes seconds for as many expressions.
        texts = [[None if value is None else str(int(value) if isinstance(value, bool) else value) for value in row]
                 for row in rows]
        cast = ", ".join(f'CAST(r[{place}] AS {column.type.duckdb}) AS "{column.name}"'
                         for place, column in enumerate(columns, 1))
        document = json.dumps(texts, ensure_ascii=False).replace("'", "''")
        return f"SELECT {cast} FROM (SELECT unnest(from_json('{document}', '[[\"VARCHAR\"]]')) AS r)"
    written = ", ".join("(" + ", ".join(
        value if isinstance(value, Raw) else to_sql(int(value) if isinstance(value, bool) else value, column.type)
        for value, column in zip(row, columns, strict=True)) + ")" for row in rows)
    return f"SELECT {shown} FROM (VALUES {written}) AS v({', '.join(names)})"


#: Name, number and size of the types that drivers ask sp_datatype_info about.
DATATYPES = [("varchar", 12, 8000), ("nvarchar", -9, 4000), ("varbinary", -3, 8000), ("datetime2", 93, 27)]


def datatypes(wanted: int) -> tuple[list[Column], str]:
    """sp_datatype_info."""
    columns = _columns(
        "TYPE_NAME sysname, DATA_TYPE smallint, PRECISION int, LITERAL_PREFIX varchar(32), LITERAL_SUFFIX varchar(32), "
        "CREATE_PARAMS varchar(32), NULLABLE smallint, CASE_SENSITIVE smallint, SEARCHABLE smallint, UNSIGNED_ATTRIBUTE smallint, "
        "MONEY smallint, AUTO_INCREMENT smallint, LOCAL_TYPE_NAME sysname, MINIMUM_SCALE smallint, MAXIMUM_SCALE smallint, "
        "SQL_DATA_TYPE smallint, SQL_DATETIME_SUB smallint, NUM_PREC_RADIX int, INTERVAL_PRECISION smallint, USERTYPE smallint"
    )
    rows = [(
        name, number, size, "'", "'", None, 1, 0, 3, None, 0, None, name, None, 7 if number == 93 else None, number,
        None, None, None, 0) for name, number, size in DATATYPES if wanted in (0, number)]
    return columns, rows_sql(columns, rows)


def tables(database: Database) -> list[Table]:
    return [table for table in database.tables.values() if not table.is_view]


def _databases(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for one in catalog.databases.values():
        settings = one.settings
        on = settings["snapshot_isolation_state"]
        rows.append((
            one.name, one.number, settings.get("source_database_id"), settings["compatibility_level"], settings["collation_name"],
            settings["user_access"], "MULTI_USER", settings["is_read_only"], settings["state"], "ONLINE", on,
            ("OFF", "ON")[on], settings["is_read_committed_snapshot_on"], 1, "FULL", settings["is_cdc_enabled"], 1,
            None, settings.get("is_ledger_on", 0), None))
    return rows


def _schemas(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(name, number, 1) for name, number in database.schemas.items()]


def _object(database: Database, table: Table) -> tuple:
    code, words = ("V ", "VIEW") if table.is_view else ("U ", "USER_TABLE")
    made = 630_000_000_000_000_000
    return (table.name, table.object_id, None, database.schemas[table.schema], 0, code, words, made, made, 0, 0, 0)


def _objects(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for table in database.tables.values():
        rows.append(_object(database, table))
        for index in table.indexes:
            if index.key:
                words = "PRIMARY_KEY_CONSTRAINT" if index.key == "PK" else "UNIQUE_CONSTRAINT"
                rows.append((
                    index.name, index.object_id, None, database.schemas[table.schema], table.object_id, index.key,
                    words, *_object(database, table)[7:]))
    return rows


def _tables(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for table in tables(database):
        flags = table.flags
        temporal = flags.get("temporal_type", 0)
        history = database.find(*flags["history"][-2:]) if flags.get("history") else None
        ledger = flags.get("ledger_type", 0)
        names = {0: "NON_TEMPORAL_TABLE", 1: "HISTORY_TABLE", 2: "SYSTEM_VERSIONED_TEMPORAL_TABLE"}
        ledgers = {
            0: "NON_LEDGER_TABLE", 1: "HISTORY_TABLE", 2: "UPDATABLE_LEDGER_TABLE", 3: "APPEND_ONLY_LEDGER_TABLE"}
        durability = flags.get("durability", 0)
        rows.append((
            *_object(database, table), None, 0, flags.get(
                "is_memory_optimized", 0), durability, ("SCHEMA_AND_DATA", "SCHEMA_ONLY")[durability], temporal,
            names[temporal], history.object_id if history else None, flags.get(
                "is_remote_data_archive_enabled", 0), flags.get("is_external", 0), flags.get(
                    "is_node", 0), flags.get("is_edge", 0), ledger, ledgers[ledger], flags.get(
                        "is_filetable", 0), 0, flags.get("is_tracked_by_cdc", 0), 1))
    return rows


def _views(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(*_object(database, table), 0, 0) for table in database.tables.values() if table.is_view]


def _all_columns(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for table in database.tables.values():
        for column in table.columns:
            kind = column.type
            collation = (kind.collation or DEFAULT_COLLATION) if kind.family == "text" and kind.name != "xml" else None
            rows.append((
                table.object_id, column.name, column.number, TYPE_IDS[kind.name],
                USER_TYPES.get(kind.name, TYPE_IDS[kind.name]), *shape(kind), collation, column.nullable,
                column.rowguid, column.identity is not None, column.computed
                is not None, column.sparse, 0, 1 if column.default_text else 0, column.generated, column.hidden,
                bool(column.mask), 1 if column.encrypted else None))
    return rows


def _types(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for name, number in [*TYPE_IDS.items(), ("sysname", 231)]:
        kind = named(name, [38, 38] if name in ("decimal", "numeric") else [])
        size, precision, scale = shape(kind)
        sizes = {"char": 8000, "varchar": 8000, "nchar": 8000, "nvarchar": 8000, "binary": 8000, "varbinary": 8000}
        collation = DEFAULT_COLLATION if kind.family == "text" and name != "xml" else None
        rows.append((
            name, number, 256 if name == "sysname" else USER_TYPES.get(name, number), 4, sizes.get(
                name, size), precision, scale, collation, name != "timestamp" and name != "sysname", 0, name
            in USER_TYPES))
    return rows


KINDS = {0: "HEAP", 1: "CLUSTERED", 2: "NONCLUSTERED", 5: "CLUSTERED COLUMNSTORE", 6: "NONCLUSTERED COLUMNSTORE"}


def _indexes(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(table.object_id, index.name or None, index.number, index.kind, KINDS[index.kind], index.unique, 1, 0,
             index.key == "PK", index.key == "UQ", 0, 0, index.disabled, 0, bool(index.filter), index.filter or None)
            for table in database.tables.values() for index in table.indexes]


def _index_columns(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for table in tables(database):
        for index in table.indexes:
            whole = index.columns or [(column.name, False) for column in table.columns if index.kind == 5]
            for place, (name, down) in enumerate(whole, 1):
                ordinal = 0 if index.kind in (5, 6) else place
                rows.append((
                    table.object_id, index.number, place, table.column(name).number, ordinal, 0, down, index.kind
                    in (5, 6)))
            for place, name in enumerate(index.included, len(whole) + 1):
                rows.append((table.object_id, index.number, place, table.column(name).number, 0, 0, 0, 1))
    return rows


def _key_constraints(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for table in tables(database):
        for index in table.indexes:
            if index.key:
                words = "PRIMARY_KEY_CONSTRAINT" if index.key == "PK" else "UNIQUE_CONSTRAINT"
                rows.append((
                    index.name, index.object_id, None, database.schemas[table.schema], table.object_id, index.key,
                    words, *_object(database, table)[7:], index.number, 0, 1))
    return rows


def _computed(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(table.object_id, column.name, column.number, f"({column.definition})", column.persisted)
            for table in tables(database) for column in table.columns if column.definition]


def _variant(number: int | None, kind: Type) -> str | None:
    return None if number is None else f"{kind}|{number}"


def _identities(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(table.object_id, column.name, column.number, _variant(column.identity[0], column.type),
             _variant(column.identity[1], column.type), _variant(table.identity, column.type), 0)
            for table in tables(database) for column in table.columns if column.identity]


def _masks(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(table.object_id, column.name, column.number, 1, column.mask)
            for table in tables(database) for column in table.columns if column.mask]


def _defaults(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(
        column.default_name or f"DF__{table.name[:9]}__{column.number:08X}", database.schemas[table.schema],
        table.object_id, column.number, column.default_text) for table in tables(database) for column in table.columns
            if column.default_text]


def _foreign_keys(database: Database, catalog: Any, session: Any) -> list[tuple]:
    rows = []
    for table in tables(database):
        for one in table.foreign_keys:
            target = database.find(*(["", *one.target])[-2:])
            rows.append((one.name, one.object_id, database.schemas[table.schema], table.object_id,
                         target.object_id if target else None, 1, 0, 0))
    return rows


def _properties(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(1, "OBJECT_OR_COLUMN", major, minor, name, f"nvarchar({max(1, len(value))})|{value}")
            for major, minor, name, value in database.properties]


def _statistics(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(table.object_id, name, number, 0, number > 999, 0, 0, None) for table, number, name, _ in
            tallies.statistics(database)]


def _statistics_columns(database: Database, catalog: Any, session: Any) -> list[tuple]:
    return [(table.object_id, number, place, table.column(column).number)
            for table, number, _, columns in tallies.statistics(database) for place, column in enumerate(columns, 1)]


OBJECT = (
    "name sysname, object_id int, principal_id int, schema_id int, parent_object_id int, type char(2), type_desc "
    "nvarchar(60), create_date datetime, modify_date datetime, is_ms_shipped bit, is_published bit, is_schema_published bit"
)
VIEWS = {
    ("sys", "databases"): (
        "name sysname, database_id int, source_database_id int, compatibility_level tinyint, collation_name sysname, user_access "
        "tinyint, user_access_desc nvarchar(60), is_read_only bit, state tinyint, state_desc nvarchar(60), "
        "snapshot_isolation_state tinyint, snapshot_isolation_state_desc nvarchar(60), is_read_committed_snapshot_on bit, "
        "recovery_model tinyint, recovery_model_desc nvarchar(60), is_cdc_enabled bit, containment tinyint, replica_id "
        "uniqueidentifier, is_ledger_on bit, catalog_collation_type int", _databases),
    ("sys", "schemas"): ("name sysname, schema_id int, principal_id int", _schemas),
    ("sys", "objects"): (OBJECT, _objects), ("sys", "all_objects"): (OBJECT, _objects), ("sys", "tables"): (
        OBJECT +
        ", lob_data_space_id int, lock_escalation tinyint, is_memory_optimized bit, durability tinyint, durability_desc "
        "nvarchar(60), temporal_type tinyint, temporal_type_desc nvarchar(60), history_table_id int, "
        "is_remote_data_archive_enabled bit, is_external bit, is_node bit, is_edge bit, ledger_type tinyint, ledger_type_desc "
        "nvarchar(60), is_filetable bit, is_dropped_ledger_table bit, is_tracked_by_cdc bit, uses_ansi_nulls bit",
        _tables), ("sys", "views"): (OBJECT + ", is_replicated bit, with_check_option bit", _views),
    ("sys", "columns"): (
        "object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int, max_length smallint, precision "
        "tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_rowguidcol bit, is_identity bit, is_computed bit, "
        "is_sparse bit, is_column_set bit, default_object_id int, generated_always_type tinyint, is_hidden bit, is_masked bit, "
        "encryption_type int", _all_columns), ("sys", "types"): (
        "name sysname, system_type_id tinyint, user_type_id int, schema_id int, max_length smallint, precision tinyint, scale "
        "tinyint, collation_name sysname, is_nullable bit, is_user_defined bit, is_assembly_type bit", _types),
    ("sys", "indexes"): (
        "object_id int, name sysname, index_id int, type tinyint, type_desc nvarchar(60), is_unique bit, data_space_id int, "
        "ignore_dup_key bit, is_primary_key bit, is_unique_constraint bit, fill_factor tinyint, is_padded bit, is_disabled bit, "
        "is_hypothetical bit, has_filter bit, filter_definition nvarchar(max)".replace("(max)", "(-1)"), _indexes),
    ("sys", "index_columns"): (
        "object_id int, index_id int, index_column_id int, column_id int, key_ordinal tinyint, partition_ordinal tinyint, "
        "is_descending_key bit, is_included_column bit", _index_columns), ("sys", "key_constraints"): (
        OBJECT + ", unique_index_id int, is_system_named bit, is_enforced bit", _key_constraints),
    ("sys", "computed_columns"): (
        "object_id int, name sysname, column_id int, definition nvarchar(-1), is_persisted bit", _computed),
    ("sys", "identity_columns"): (
        "object_id int, name sysname, column_id int, seed_value sql_variant, increment_value sql_variant, last_value "
        "sql_variant, is_not_for_replication bit", _identities), ("sys", "masked_columns"): (
        "object_id int, name sysname, column_id int, is_masked bit, masking_function nvarchar(4000)", _masks),
    ("sys", "default_constraints"): (
        "name sysname, schema_id int, parent_object_id int, parent_column_id int, definition nvarchar(-1)", _defaults),
    ("sys", "foreign_keys"): (
        "name sysname, object_id int, schema_id int, parent_object_id int, referenced_object_id int, key_index_id int, "
        "is_disabled bit, is_not_trusted bit", _foreign_keys), ("sys", "partitions"): (
        "partition_id bigint, object_id int, index_id int, partition_number int, hobt_id bigint, rows bigint, "
        "data_compression tinyint, data_compression_desc nvarchar(60)",
        tallies.partitions), ("sys", "allocation_units"): (
        "allocation_unit_id bigint, type tinyint, type_desc nvarchar(60), container_id bigint, data_space_id int, total_pages "
        "bigint, used_pages bigint, data_pages bigint", tallies.allocation_units), ("sys", "dm_db_partition_stats"): (
        "partition_id bigint, object_id int, index_id int, partition_number int, in_row_data_page_count bigint, "
        "in_row_used_page_count bigint, in_row_reserved_page_count bigint, lob_used_page_count bigint, lob_reserved_page_count "
        "bigint, row_overflow_used_page_count bigint, row_overflow_reserved_page_count bigint, used_page_count bigint, "
        "reserved_page_count bigint, row_count bigint", tallies.partition_stats), ("sys", "stats"): (
        "object_id int, name sysname, stats_id int, auto_created bit, user_created bit, no_recompute bit, has_filter bit, "
        "filter_definition nvarchar(-1)", _statistics),
    ("sys", "security_policies"): (
        "name sysname, object_id int, schema_id int, parent_object_id int, is_enabled bit, is_not_for_replication bit",
        policies.policies), ("sys", "security_predicates"): (
        "object_id int, security_predicate_id int, target_object_id int, predicate_definition nvarchar(-1), predicate_type int, "
        "predicate_type_desc nvarchar(60), operation int, operation_desc nvarchar(60)", policies.predicates),
    ("sys", "stats_columns"): ("object_id int, stats_id int, stats_column_id int, column_id int", _statistics_columns),
    ("sys", "dm_db_stats_histogram"): (
        "object_id int, stats_id int, step_number int, range_high_key sql_variant, range_rows real, equal_rows real, "
        "distinct_range_rows bigint, average_range_rows real", tallies.histograms), ("sys", "dm_db_stats_properties"): (
        "object_id int, stats_id int, last_updated datetime2, rows bigint, rows_sampled bigint, steps int, unfiltered_rows bigint, "
        "modification_counter bigint", tallies.properties), ("sys", "extended_properties"): (
        "class tinyint, class_desc nvarchar(60), major_id int, minor_id int, name sysname, value sql_variant",
        _properties), ("sys", "sysdatabases"): (
        "name sysname, dbid smallint", lambda database, catalog, session: [
            (one.name, one.number) for one in catalog.databases.values()]), ("information_schema", "tables"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, TABLE_TYPE varchar(10)", information.tables),
    ("information_schema", "columns"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, ORDINAL_POSITION int, "
        "COLUMN_DEFAULT nvarchar(4000), IS_NULLABLE varchar(3), DATA_TYPE sysname, CHARACTER_MAXIMUM_LENGTH int, "
        "NUMERIC_PRECISION tinyint, NUMERIC_SCALE int, DATETIME_PRECISION smallint, COLLATION_NAME sysname",
        information.columns)}
