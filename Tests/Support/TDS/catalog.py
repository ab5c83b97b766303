"""What the bench knows of its databases: DuckDB's own types are narrower, and it knows no identities, masks or ledgers."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from errors import SqlError, missing
from tsqltypes import Type


@dataclass
class Column:
    """`definition` makes it a computed column, whose tree is `computed`; `default` is a tree too."""

    name: str
    type: Type
    nullable: bool = True
    identity: tuple[int, int] | None = None
    default: Any = None
    default_text: str = ""
    default_name: str = ""
    definition: str = ""
    computed: Any = None
    persisted: bool = False
    mask: str = ""
    generated: int = 0
    hidden: bool = False
    sparse: bool = False
    rowguid: bool = False
    encrypted: bool = False
    number: int = 0


@dataclass
class Index:
    """`kind` of sys.indexes: 0 heap, 1 clustered, 2 not clustered, 5 and 6 columnstore; `key`: PK, UQ or nothing."""

    name: str
    columns: list[tuple[str, bool]]
    kind: int = 2
    unique: bool = False
    key: str = ""
    included: list[str] = field(default_factory=list)
    filter: str = ""
    number: int = 0
    object_id: int = 0
    disabled: bool = False


@dataclass
class ForeignKey:
    name: str
    columns: list[str]
    target: list[str]
    target_columns: list[str]
    object_id: int = 0


@dataclass
class Table:
    """A table, or a view with its query's tree; `flags` are columns of sys.tables that differ from what is usual."""

    schema: str
    name: str
    columns: list[Column]
    indexes: list[Index] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    flags: dict[str, Any] = field(default_factory=dict)
    object_id: int = 0
    query: Any = None
    text: str = ""
    identity: int | None = None
    #: Columns with statistics of their own: number, name, columns.
    statistics: list[tuple[int, str, list[str]]] = field(default_factory=list)
    #: Numbers of columns given so far: one that was dropped never gives its number to another.
    given: int = 0

    @property
    def is_view(self) -> bool:
        return self.query is not None

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name.lower() == name.lower():
                return column
        raise SqlError(207, f"Invalid column name '{name}'.")

    def number(self) -> None:
        """Gives columns and indexes their numbers: a clustered index is 1, a table without one has a heap, 0."""
        for column in self.columns:
            if not column.number:
                self.given += 1
                column.number = self.given
        if not self.is_view and not any(index.kind in (0, 1, 5) for index in self.indexes):
            self.indexes.insert(0, Index("", [], 0))
        if any(index.kind in (1, 5) for index in self.indexes):
            self.indexes = [index for index in self.indexes if index.kind != 0]
        taken = {index.number for index in self.indexes}
        for index in self.indexes:
            if index.kind in (0, 1, 5):
                index.number = 0 if index.kind == 0 else 1
            elif not index.number:
                index.number = next(number for number in itertools.count(2) if number not in taken)
                taken.add(index.number)


class Database:
    """One database: its schemas, tables and settings, which stand in sys.databases under the same names."""

    def __init__(self, name: str, number: int):
        self.name, self.number = name, number
        self.schemas = {"dbo": 1, "guest": 2, "INFORMATION_SCHEMA": 3, "sys": 4}
        self.tables: dict[tuple[str, str], Table] = {}
        self.properties: list[tuple[int, int, str, str]] = []
        self.settings: dict[str, Any] = {
            "snapshot_isolation_state": 0, "is_read_committed_snapshot_on": False, "compatibility_level": 160,
            "collation_name": "SQL_Latin1_General_CP1_CI_AS", "is_read_only": False, "state": 0, "user_access": 0,
            "is_cdc_enabled": False, "is_change_tracking_enabled": False}
        self._objects = itertools.count(901578250, 16000057)

    def next_id(self) -> int:
        return next(self._objects) & 0x7FFFFFFF

    def schema(self, name: str) -> str:
        for known in self.schemas:
            if known.lower() == name.lower():
                return known
        raise SqlError(
            2760, f'The specified schema name "{name}" either does not exist or you do not have permission to '
            "use it.")

    def find(self, schema: str, name: str) -> Table | None:
        return self.tables.get(((schema or "dbo").lower(), name.lower()))

    def add(self, table: Table) -> None:
        key = (table.schema.lower(), table.name.lower())
        if key in self.tables:
            raise SqlError(2714, f"There is already an object named '{table.name}' in the database.", state=6)
        table.object_id = self.next_id()
        self.adopt(table)
        self.tables[key] = table

    def adopt(self, table: Table) -> None:
        """Numbers what is new in a table."""
        table.number()
        for one in [*table.indexes, *table.foreign_keys]:
            one.object_id = one.object_id or self.next_id()

    def drop(self, schema: str, name: str) -> bool:
        return self.tables.pop(((schema or "dbo").lower(), name.lower()), None) is not None


class Catalog:
    """All databases; `version` counts changes."""

    def __init__(self) -> None:
        self.databases: dict[str, Database] = {}
        self.version = 0

    def create(self, name: str) -> Database:
        if name.lower() in self.databases:
            raise SqlError(1801, f"Database '{name}' already exists. Choose a different database name.", state=3)
        self.databases[name.lower()] = Database(name, len(self.databases) + 1)
        return self.databases[name.lower()]

    def database(self, name: str) -> Database:
        if name.lower() not in self.databases:
            raise SqlError(911, f"Database '{name}' does not exist. Make sure that the name is entered correctly.")
        return self.databases[name.lower()]

    def resolve(self, parts: list[str], current: str) -> tuple[Database, str, str]:
        """Database, schema and name of what a statement calls by up to three parts."""
        parts = [*[""] * (3 - len(parts)), *parts]
        if len(parts) > 3:
            raise SqlError(7202, f"Could not find server '{parts[0]}' in sys.servers.", 11, 2)
        return self.database(parts[0] or current), parts[1] or "dbo", parts[2]

    def table(self, parts: list[str], current: str) -> tuple[Database, Table]:
        try:
            database, schema, name = self.resolve(parts, current)
        except SqlError as error:
            raise missing(".".join(parts)) if error.number == 911 else error from None
        table = database.find(schema, name)
        if table is None:
            raise missing(".".join(parts))
        return database, table
