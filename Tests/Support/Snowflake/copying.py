"""COPY INTO a table from an internal stage: selects and decrypts the files, and lets fakesnow load them."""

import os
import re
import uuid
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
from sqlglot import exp

from errors import SqlError
from results import Result, column, number
from sessions import Query, Transaction
from statements import Touched
from storage import StoredFile

if TYPE_CHECKING:
    from stages import Stage, Stages

#: Options that fakesnow does not know and that change nothing about a load that succeeds.
IDLE = {"ENFORCE_LENGTH", "TRUNCATECOLUMNS", "RETURN_FAILED_ONLY", "LOAD_UNCERTAIN_FILES", "SIZE_LIMIT", "LOAD_MODE",
        "FILES", "PATTERN", "FORCE", "PURGE", "ON_ERROR"}
NOTHING = "Copy executed with 0 files processed."
PLAIN = "_BENCH.PUBLIC.PLAIN"


def copy(
    stages: "Stages", transaction: Transaction, query: Query, sql: str, tree: exp.Expression | None, tables: Touched
) -> Result:
    """Loads what is to be loaded; all of it or, when an error is raised, nothing."""
    if not isinstance(tree, exp.Copy) or tables.target is None:
        raise SqlError("001003", "42000", "SQL compilation error: the bench does not understand this COPY")
    source = tree.args["files"][0].find(exp.Var, exp.Literal)
    inner = tree.args["files"][0].find(exp.Select)
    if inner is not None:
        source = inner.args["from_"].this.this
    found = stages.find(transaction.session, source.name) if source.name.startswith("@") else None
    if found is None:
        return Result.from_peer(stages.engine.write(transaction, sql, tables, query.body))
    stage, path = found
    params = {param.this.name.upper(): param for param in tree.args.get("params") or []}
    if "VALIDATION_MODE" in params:
        raise SqlError("000002", "0A000", "the bench has no VALIDATION_MODE")
    if value(params, "ON_ERROR", "ABORT_STATEMENT").upper() != "ABORT_STATEMENT":
        raise SqlError("000002", "0A000", "the bench has no ON_ERROR but ABORT_STATEMENT")
    files, listed = select(stages, stage, path, params)
    for file in files:
        stages.engine.lock(transaction, ("file", tables.target, file.key), True, query)
    loaded = stages.loaded(transaction, tables.target)
    force = value(params, "FORCE", "FALSE").upper() == "TRUE"
    fresh = [file for file in files if force or loaded.get(file.key) != file.etag]
    if not fresh:
        return Result.status(NOTHING, type_id=0x3600)
    folder = os.path.join(stages.folder, str(uuid.uuid4()))
    # Undoing a later statement executes this one again: the plain files stay as long as the transaction.
    transaction.folders.append(folder)
    counts = load(stages, transaction, query, tree, tables, stage, fresh, folder)
    check_lengths(stages, transaction, tables.target)
    loaded.update({file.key: file.etag for file in fresh})
    transaction.loads[tables.target] = loaded
    if value(params, "PURGE", "FALSE").upper() == "TRUE":
        stages.storage.remove(fresh)
    counted = {file.key: count for file, count in zip(fresh, counts, strict=True)}
    return report(stage, files if listed else fresh, counted)


def value(params: dict[str, Any], name: str, default: str) -> str:
    if name not in params:
        return default
    given = params[name].expression
    return str(given.this) if isinstance(given, exp.Boolean) else given.name


def select(
    stages: "Stages", stage: "Stage", path: str, params: dict[str, Any]
) -> tuple[list[StoredFile], bool]:
    """The files that a COPY is about, and whether it names them."""
    if "FILES" not in params:
        pattern = value(params, "PATTERN", ".*")
        return [file for file in stages._files(stage, path, None) if re.fullmatch(pattern, file.path)], False
    names = [literal.name for literal in params["FILES"].find_all(exp.Literal)]
    if len(names) > 1000:
        raise SqlError("001488", "42601", "SQL compilation error: FILES takes no more than 1000 names")
    found = []
    for name in names:
        # The name follows the path as it is: a path that ends without a slash gets none.
        match = [file for file in stages.storage.objects(path + name, stage.root) if file.path == path + name]
        if not match:
            raise SqlError("091016", "22000", f"Remote file '{stage.title}{path}{name}' was not found.")
        found += match
    return found, True


def load(
    stages: "Stages", transaction: Transaction, query: Query, tree: exp.Copy, tables: Touched, stage: "Stage",
    files: list[StoredFile], folder: str
) -> list[int]:
    """Decrypts the files and lets fakesnow load them one by one; how many rows each had."""
    engine, session = stages.engine, transaction.session
    engine.catalog.need_plain_stage(stages.folder)
    before = session.database
    target = tables.target.split(".")
    counts = []
    for number_, file in enumerate(files):
        name = f"{os.path.basename(folder)}/{number_}{os.path.splitext(file.path)[1]}"
        destination = os.path.join(stages.folder, name)
        stages.storage.fetch(file, destination, stage.encrypted)
        query.check()
        text = insert_text(tree, destination, stage.title + file.path) or copy_text(tree, name)
        if before != target[0]:
            # fakesnow notes loads in the current database, and DuckDB writes one database in a transaction.
            engine.write(transaction, f'USE SCHEMA "{target[0]}"."{target[1]}"', Touched(), {})
        try:
            data = engine.write(transaction, text, tables, {})
        finally:
            if before != target[0] and before:
                engine.write(transaction, f'USE SCHEMA "{before}"."{session.schema or "PUBLIC"}"', Touched(), {})
        result = Result.from_peer(data)
        row = dict(zip([item["name"].lower() for item in result.rowtype], result.text_rows()[0], strict=True))
        counts.append(int(row.get("rows_loaded") or row.get("number of rows inserted") or 0))
    return counts


def insert_text(tree: exp.Copy, file: str, title: str) -> str | None:
    """A COPY with a SELECT over Parquet as INSERT … SELECT, which fakesnow does better: it takes `$1:"any name"` of any
    spelling, NULL for a column that the file lacks, and METADATA$FILENAME. None for any other COPY."""
    inner = tree.args["files"][0].find(exp.Select)
    if inner is None or not file.endswith(".parquet"):
        return None
    present = set(pyarrow.parquet.read_schema(file).names)
    inner = inner.copy()
    for extract in list(inner.find_all(exp.JSONExtract)):
        root = extract.this.this if isinstance(extract.this, exp.Column) else extract.this
        keys = [key.name for key in extract.expression.find_all(exp.JSONPathKey)]
        if isinstance(root, exp.Parameter) and root.name == "1" and keys:
            whole: exp.Expression = exp.column(keys[0], quoted=True) if keys[0] in present else exp.null()
            extract.replace(whole)
    for name in list(inner.find_all(exp.Column)):
        if name.name.upper() == "METADATA$FILENAME":
            name.replace(exp.Literal.string(title))
    inner.set("from_", exp.From(this=exp.Table(this=exp.Anonymous(
        this="READ_PARQUET", expressions=[exp.Literal.string(file)]))))
    return exp.Insert(this=tree.this.copy(), expression=inner).sql("snowflake")


def copy_text(tree: exp.Copy, name: str) -> str:
    """The COPY with one plain file in the place of the stage, and without options that fakesnow stumbles over."""
    tree = tree.copy()
    tree.args["files"][0].replace(exp.Table(this=exp.Var(this=f"@{PLAIN}/{os.path.dirname(name)}/")))
    params = [param for param in tree.args.get("params") or [] if param.this.name.upper() not in IDLE]
    tree.set("params", params)
    return tree.sql("snowflake") + f" FILES = ('{os.path.basename(name)}')"


def check_lengths(stages: "Stages", transaction: Transaction, table: str) -> None:
    """Refuses texts and binaries that are longer than their columns; fakesnow takes them."""
    database, schema, name = table.split(".")
    engine, session = stages.engine, transaction.session
    data = engine.send(session, (
        "SELECT column_name AS c, data_type AS t, character_maximum_length AS n "
        f"FROM {database}.information_schema.columns "
        f"WHERE table_schema = '{schema}' AND table_name = '{name}' AND character_maximum_length < 8388608"))
    limits = {row[0]: (row[1], int(row[2])) for row in Result.from_peer(data).text_rows() if row[0] and row[2]}
    binary = engine.catalog.binary_lengths(table)
    tests = []
    for index, (column_name, (kind, length)) in enumerate(limits.items()):
        measure = "OCTET_LENGTH" if kind == "BINARY" else "LENGTH"
        tests.append(f'COUNT_IF({measure}("{column_name}") > {binary.get(column_name, length)}) AS n{index}')
    if not tests:
        return
    quoted = ".".join(f'"{part}"' for part in table.split("."))
    found = Result.from_peer(engine.send(session, f"SELECT {', '.join(tests)} FROM {quoted}")).text_rows()[0]
    for (column_name, _), count in zip(limits.items(), found, strict=True):
        if int(count or 0) > 0:
            raise SqlError(
                "100078", "22000", f"String is too long and would be truncated\n  Column \"{name}\"[\"{column_name}\"]")


def report(stage: "Stage", files: list[StoredFile], counts: dict[str, int]) -> Result:
    """A row for each file, as the service words it."""
    rowtype = [
        column("file"), column("status"), number("rows_parsed"), number("rows_loaded"), number("error_limit"),
        number("errors_seen"), column("first_error"), number("first_error_line"), number("first_error_character"),
        column("first_error_column_name")]
    rows: list[list[str | None]] = []
    for file in files:
        count = counts.get(file.key)
        name = stage.title + file.path
        if count is None:
            rows.append([name, "LOAD_SKIPPED", "0", "0", None, "1", "File was loaded before.", None, None, None])
        else:
            rows.append([name, "LOADED", str(count), str(count), "1", "0", None, None, None, None])
    return Result(rowtype, rows, type_id=0x3600)
