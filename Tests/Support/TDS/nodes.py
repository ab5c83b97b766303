"""The syntax tree of a batch, as parser.py makes it and translation.py reads it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Literal:
    """`kind`: null, int, decimal, float, money, string, nstring or binary."""

    kind: str
    text: str = ""


@dataclass(slots=True)
class Name:
    """A column, perhaps with what it belongs to before it; `*` may be the last part."""

    parts: list[str]


@dataclass(slots=True)
class Variable:
    name: str


@dataclass(slots=True)
class Operation:
    """An operator and its one or two operands; AND, OR, NOT and comparisons too."""

    op: str
    left: Any
    right: Any = None


@dataclass(slots=True)
class Predicate:
    """`kind`: null, in, like, between or exists."""

    kind: str
    value: Any
    others: list[Any]
    negated: bool = False


@dataclass(slots=True)
class Case:
    operand: Any
    whens: list[tuple[Any, Any]]
    otherwise: Any


@dataclass(slots=True)
class Cast:
    value: Any
    type: Any
    style: Any = None
    lenient: bool = False


@dataclass(slots=True)
class Over:
    partition: list[Any]
    order: list[tuple[Any, bool]]
    frame: str = ""


@dataclass(slots=True)
class Call:
    """A function; `star` for COUNT(*); `value` is what a method is called on, `of` a type before `::`."""

    name: str
    arguments: list[Any]
    distinct: bool = False
    star: bool = False
    over: Over | None = None
    value: Any = None
    of: str = ""


@dataclass(slots=True)
class Collate:
    value: Any
    collation: str


@dataclass(slots=True)
class Zone:
    value: Any
    zone: Any


@dataclass(slots=True)
class Source:
    """A table or view (`parts`), a derived table (`query`), rows (`rows`) or a function's table (`call`).

    `sample` is DuckDB's TABLESAMPLE.
    """

    parts: list[str] = field(default_factory=list)
    alias: str = ""
    columns: list[str] = field(default_factory=list)
    query: Any = None
    rows: list[list[Any]] | None = None
    call: list[Any] | None = None
    sample: str = ""


@dataclass(slots=True)
class Join:
    """`kind`: INNER, LEFT, RIGHT, FULL, CROSS, CROSS APPLY, OUTER APPLY."""

    kind: str
    left: Any
    right: Any
    on: Any = None


@dataclass(slots=True)
class Select:
    items: list[tuple[Any, str]]
    sources: list[Any]
    where: Any = None
    group: list[Any] = field(default_factory=list)
    having: Any = None
    distinct: bool = False
    top: Any = None
    percent: bool = False


@dataclass(slots=True)
class Union:
    """`op`: UNION, UNION ALL, EXCEPT or INTERSECT."""

    op: str
    left: Any
    right: Any


@dataclass(slots=True)
class Query:
    body: Any
    ctes: list[tuple[str, list[str], "Query"]] = field(default_factory=list)
    order: list[tuple[Any, bool]] = field(default_factory=list)
    offset: Any = None
    fetch: Any = None


@dataclass(slots=True)
class Statement:
    """Any statement: `kind` names it, `facts` holds its parts; see statements.py."""

    kind: str
    line: int
    facts: dict[str, Any] = field(default_factory=dict)
