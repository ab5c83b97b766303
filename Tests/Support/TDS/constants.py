"""Rows of literals, which become values without a detour through expressions: scripts hold thousands of them."""

from decimal import Decimal
from typing import Any

import nodes
import values
from errors import SqlError
from fitting import fitted
from tsqltypes import INTEGERS, Type


class NotConstant(Exception):
    """Something else than a literal, or one whose conversion is left to DuckDB."""


def constant(node: Any, kind: Type) -> Any:
    """The value of a literal that is assigned to a column."""
    sign = ""
    if isinstance(node, nodes.Operation) and node.op == "neg":
        sign, node = "-", node.left
    if not isinstance(node, nodes.Literal):
        raise NotConstant
    form, family = node.kind, kind.family
    if form == "null":
        return None
    if form in ("int", "decimal", "float") and family in ("int", "decimal", "float"):
        return _number(sign + node.text, form, kind)
    if form in ("string", "nstring") and not sign and family not in ("binary", "variant", "clr"):
        given = node.text if form == "nstring" else node.text.encode("cp1252", "replace").decode("cp1252", "replace")
        return fitted(given, kind, True) if family == "text" else values.of_text(given, kind)
    if form == "binary" and family in ("binary", "clr") and kind.name != "timestamp":
        return _bytes(bytes.fromhex("0" * (len(node.text) % 2) + node.text), kind)
    raise NotConstant


def _number(given: str, form: str, kind: Type) -> Any:
    if kind.family == "float":
        return float(given)
    if kind.family == "decimal":
        return values.decimal_of(given, kind)
    if form != "int":
        given = str(int(Decimal(given)))
    number = int(given)
    if kind.name == "bit":
        return int(number != 0)
    if not INTEGERS[kind.name][1] <= number <= INTEGERS[kind.name][2]:
        raise SqlError(8115, f"Arithmetic overflow error converting expression to data type {kind.name}.", state=2)
    return number


def _bytes(given: bytes, kind: Type) -> bytes:
    if kind.length >= 0 and len(given) > kind.length:
        raise SqlError(2628, "String or binary data would be truncated.")
    return given.ljust(kind.length, b"\0") if kind.name == "binary" else given


def columns(rows: list[list[Any]], kinds: list[Type]) -> list[list[Any]] | None:
    """All values, column by column; nothing when one of them is no constant."""
    try:
        made = [[constant(node, kind) for node, kind in zip(row, kinds)] for row in rows]
    except NotConstant:
        return None
    return [[row[place] for row in made] for place in range(len(kinds))]
