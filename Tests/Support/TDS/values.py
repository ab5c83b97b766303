"""Values as the bench holds them (see tsqltypes.py), made of text and turned into text, outside of DuckDB."""

import re
import struct
from decimal import Decimal, InvalidOperation, localcontext, ROUND_HALF_UP
from typing import Any

import temporal
from errors import SqlError
from temporal import DAY, Moment
from tsqltypes import INTEGERS, Type

RANGES = {"datetime": (1753, 10000), "smalldatetime": (1900, 2080)}
#: The order in which a uniqueidentifier's bytes on the wire are compared.
GUID_ORDER = [10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3]


def guid_of_wire(wire: bytes) -> bytes:
    return bytes(wire[index] for index in GUID_ORDER)


def wire_of_guid(held: bytes) -> bytes:
    wire = bytearray(16)
    for index, byte in zip(GUID_ORDER, held):
        wire[index] = byte
    return bytes(wire)


def guid_text(held: bytes) -> str:
    a, b, c = struct.unpack("<IHH", (wire := wire_of_guid(held))[:8])
    rest = wire[8:].hex().upper()
    return f"{a:08X}-{b:04X}-{c:04X}-{rest[:4]}-{rest[4:]}"


def guid_of_text(text: str) -> bytes:
    found = re.match(
        r"\{?([0-9a-fA-F]{8})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{12})\}?", text.strip())
    if not found:
        raise SqlError(8169, "Conversion failed when converting from a character string to uniqueidentifier.", state=2)
    head = struct.pack("<IHH", *(int(part, 16) for part in found.group(1, 2, 3)))
    return guid_of_wire(head + bytes.fromhex(found[4] + found[5]))


def decimal_of(text: str, kind: Type) -> Decimal:
    with localcontext() as context:
        context.prec, context.rounding = 80, ROUND_HALF_UP
        try:
            value = Decimal(text).quantize(Decimal(1).scaleb(-(4 if "money" in kind.name else kind.scale)))
        except InvalidOperation:
            raise SqlError(8114, f"Error converting data type varchar to {kind.name}.", state=5) from None
    limit = {"money": Decimal("922337203685477.5807"), "smallmoney": Decimal("214748.3647")}.get(kind.name)
    over = abs(value) > limit + (value < 0) * Decimal("0.0001") if limit else len(
        value.as_tuple().digits) > kind.precision
    if over:
        raise SqlError(8115, f"Arithmetic overflow error converting expression to data type {kind.name}.", state=2)
    return value


def moment_of(ticks: int, kind: Type) -> int:
    """A moment as the type holds it: rounded, in its range."""
    if kind.name == "date":
        return ticks // DAY * DAY
    if kind.name == "datetime2":
        ticks = temporal.rounded(ticks, kind.scale)
    elif kind.name == "datetime":
        ticks = temporal.as_datetime(ticks)
    elif kind.name == "smalldatetime":
        # Whole minutes; 29.998 seconds round down, 29.999 up.
        minute = 60 * temporal.SECOND
        ticks = (temporal.as_datetime(ticks) + 30 * temporal.SECOND) // minute * minute
    try:
        year = int(temporal.date_text(ticks)[:4])
    except (ValueError, OverflowError):
        year = 10000
    low, high = RANGES.get(kind.name, (1, 10000))
    if not low <= year < high:
        raise SqlError(242, f"The conversion of a varchar data type to a {kind.name} data type resulted in an "
                            "out-of-range value.", state=3)
    return ticks


def of_text(text: str, kind: Type) -> Any:
    """The value of a text that is cast to a type; what has no text of its own raises."""
    family = kind.family
    if family == "int":
        if kind.name == "bit" and text.strip().lower() in ("true", "false"):
            return int(text.strip().lower() == "true")
        if not re.fullmatch(r"\s*[+-]?\d*\s*", text):
            raise SqlError(245, f"Conversion failed when converting the varchar value to data type {kind.name}.")
        value = int(text.strip() or 0)
        if kind.name == "bit":
            return int(value != 0)
        if not INTEGERS[kind.name][1] <= value <= INTEGERS[kind.name][2]:
            raise SqlError(248, f"The conversion of the varchar value overflowed an {kind.name} column.")
        return value
    if family == "decimal":
        return decimal_of(text.replace(",", "").replace("$", "") if "money" in kind.name else text, kind)
    if family == "float":
        try:
            return float(text)
        except ValueError:
            raise SqlError(8114, f"Error converting data type varchar to {kind.name}.", state=5) from None
    if family == "moment":
        return moment_of(Moment(text).moment, kind)
    if family == "time":
        return temporal.rounded(Moment(text).time, kind.scale) % DAY
    if family == "zoned":
        found = Moment(text)
        local = temporal.rounded(found.moment, kind.scale)
        return temporal.zoned(local - found.offset * 60 * temporal.SECOND, found.offset)
    if family == "guid":
        return guid_of_text(text)
    raise SqlError(529, f"Explicit conversion from data type varchar to {kind.name} is not allowed here.")


def to_sql(value: Any, kind: Type) -> str:
    """A literal of DuckDB with the very value."""
    if value is None:
        return f"CAST(NULL AS {kind.duckdb})"
    if isinstance(value, bytes):
        return f"unhex('{value.hex()}')"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'" if "\0" not in value else (
            "(" + "||chr(0)||".join("'" + part.replace("'", "''") + "'" for part in value.split("\0")) + ")")
    if isinstance(value, float):
        return f"CAST('{value!r}' AS {kind.duckdb})"
    if isinstance(value, Decimal):
        return f"CAST('{value:f}' AS {kind.duckdb})"
    return f"CAST({value} AS {kind.duckdb})"
