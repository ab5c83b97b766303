"""Types and values as they stand in COLMETADATA, ROW and NBCROW (MS-TDS, "Data Type Definitions", "TYPE_INFO")."""

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import collations
import temporal
import values
from temporal import DAY
from tsqltypes import Type, named

FIXED = {"bit": (0x32, 1), "tinyint": (0x30, 1), "smallint": (0x34, 2), "int": (0x38, 4), "bigint": (0x7F, 8),
         "real": (0x3B, 4), "float": (0x3E, 8), "money": (0x3C, 8), "smallmoney": (0x7A, 4), "datetime": (0x3D, 8),
         "smalldatetime": (0x3A, 4)}
NULLABLE = {"bit": 0x68, "real": 0x6D, "float": 0x6D, "money": 0x6E, "smallmoney": 0x6E, "datetime": 0x6F,
            "smalldatetime": 0x6F}
SIZED = {
    "char": 0xAF, "varchar": 0xA7, "nchar": 0xEF, "nvarchar": 0xE7, "binary": 0xAD, "varbinary": 0xA5,
    "timestamp": 0xAD}
LARGE = {"text": 0x23, "ntext": 0x63, "image": 0x22}
SCALED = {"time": 0x29, "datetime2": 0x2A, "datetimeoffset": 0x2B}
INT_FORMATS = {"bit": "B", "tinyint": "B", "smallint": "<h", "int": "<i", "bigint": "<q", "real": "<f", "float": "<d"}
#: Bytes of one chunk of a value without a limit.
CHUNK = 4000


def decimal_size(precision: int) -> int:
    return 5 if precision <= 9 else 9 if precision <= 19 else 13 if precision <= 28 else 17


def us_varchar(text: str) -> bytes:
    return struct.pack("<H", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def b_varchar(text: str) -> bytes:
    return bytes([len(text.encode("utf-16-le")) // 2]) + text.encode("utf-16-le")


def is_unlimited(kind: Type) -> bool:
    return kind.length < 0 and kind.name not in LARGE


def type_info(kind: Type, nullable: bool, database: str = "") -> bytes:
    name = kind.name
    if name in FIXED:
        token, size = FIXED[name]
        return bytes([NULLABLE.get(name, 0x26), size]) if nullable else bytes([token])
    if name in ("decimal", "numeric"):
        return bytes([0x6A if name == "decimal" else 0x6C, decimal_size(kind.precision), kind.precision, kind.scale])
    if name == "date":
        return b"\x28"
    if name in SCALED:
        return bytes([SCALED[name], kind.scale])
    if name == "uniqueidentifier":
        return b"\x24\x10"
    collation = collations.find(kind.collation).wire if kind.family == "text" and name != "xml" else b""
    if name in SIZED:
        size = 0xFFFF if kind.length < 0 else kind.length * 2 if kind.is_wide else kind.length
        return struct.pack("<BH", SIZED[name], size) + collation
    if name in LARGE:
        return struct.pack("<BI", LARGE[name], 0x7FFFFFFE if name == "ntext" else 0x7FFFFFFF) + collation
    if name == "xml":
        return b"\xF1\x00"
    if name == "sql_variant":
        return struct.pack("<BI", 0x62, 8009)
    size = 892 if name == "hierarchyid" else 0xFFFF
    clr = {"hierarchyid": "HierarchyId", "geometry": "Geometry", "geography": "Geography"}[name]
    assembly = (f"Microsoft.SqlServer.Types.Sql{clr}, Microsoft.SqlServer.Types, Version=11.0.0.0, Culture=neutral, "
                "PublicKeyToken=89845dcd8080cc91")
    return struct.pack("<BH", 0xF0,
                       size) + b_varchar(database) + b_varchar("sys") + b_varchar(name) + us_varchar(assembly)


def null(kind: Type) -> bytes:
    """NULL in a ROW; an NBCROW says it in its bitmap."""
    if is_unlimited(kind):
        return b"\xff" * 8
    if kind.name in SIZED:
        return b"\xff\xff"
    return b"\0\0\0\0" if kind.name == "sql_variant" else b"\0"


def _chunks(data: bytes) -> bytes:
    """Partially length-prefixed bytes: whole length, chunks, an empty chunk."""
    parts = [struct.pack("<Q", len(data))]
    for at in range(0, len(data), CHUNK):
        piece = data[at:at + CHUNK]
        parts += [struct.pack("<I", len(piece)), piece]
    return b"".join([*parts, b"\0\0\0\0"])


def moment_bytes(ticks: int, scale: int) -> bytes:
    size = 3 if scale <= 2 else 4 if scale <= 4 else 5
    return (ticks % DAY // 10 ** (7 - scale)).to_bytes(size, "little")


def _raw(kind: Type) -> Callable[[Any], bytes]:
    """The bytes of a value without its length."""
    name = kind.name
    if name in INT_FORMATS:
        return struct.Struct(INT_FORMATS[name]).pack
    if name == "money":
        return lambda value: struct.pack("<iI", (whole := int(value * 10000)) >> 32, whole & 0xFFFFFFFF)
    if name == "smallmoney":
        return lambda value: struct.pack("<i", int(value * 10000))
    if name in ("decimal", "numeric"):
        size, scale = decimal_size(kind.precision) - 1, kind.scale

        def pack(value: Decimal) -> bytes:
            sign, digits, exponent = value.as_tuple()
            return bytes([1 - sign]) + (int("".join(map(str, digits))) * 10**(scale + exponent)).to_bytes(
                size, "little")
        return pack
    if name == "date":
        return lambda ticks: (ticks // DAY).to_bytes(3, "little")
    if name == "time":
        return lambda ticks: moment_bytes(ticks, kind.scale)
    if name == "datetime2":
        return lambda ticks: moment_bytes(ticks, kind.scale) + (ticks // DAY).to_bytes(3, "little")
    if name == "datetimeoffset":
        def pack_zoned(value: int) -> bytes:
            ticks, offset = temporal.unzoned(value)
            return moment_bytes(ticks, kind.scale) + (ticks // DAY).to_bytes(3, "little") + struct.pack("<h", offset)
        return pack_zoned
    if name == "datetime":
        return lambda ticks: struct.pack("<iI", ticks // DAY - temporal.EPOCH, temporal.three_hundredths(ticks))
    if name == "smalldatetime":
        return lambda ticks: struct.pack("<HH", ticks // DAY - temporal.EPOCH, ticks % DAY // (60 * temporal.SECOND))
    if name == "uniqueidentifier":
        return values.wire_of_guid
    if kind.family == "text":
        if kind.is_wide:
            return lambda value: value.encode("utf-16-le", "surrogatepass")
        codec = collations.find(kind.collation).codec
        return lambda value: value.encode(codec, "replace")
    return bytes


def encoder(kind: Type, nullable: bool) -> Callable[[Any], bytes]:
    """Makes the bytes of a value that is not NULL, with its length before it where the type has one."""
    name = kind.name
    if name == "sql_variant":
        return variant
    raw = _raw(kind)
    if name in FIXED and not nullable:
        return raw
    if is_unlimited(kind):
        return lambda value: _chunks(raw(value))
    if name in LARGE:
        def pack_large(value: Any) -> bytes:
            data = raw(value)
            return b"\x10" + b"dummy textptr\0\0\0" + b"dummyTS\0" + struct.pack("<I", len(data)) + data
        return pack_large
    if name in SIZED:
        def pack_sized(value: Any) -> bytes:
            data = raw(value)
            return struct.pack("<H", len(data)) + data
        return pack_sized

    def pack(value: Any) -> bytes:
        data = raw(value)
        return bytes([len(data)]) + data
    return pack


def variant(held: str) -> bytes:
    """A sql_variant: length, base type, its properties, the value (MS-TDS, "sql_variant Values")."""
    kind, value = variant_parts(held)
    token, properties = FIXED.get(kind.name, (0,))[0], b""
    if kind.name in ("decimal", "numeric"):
        token, properties = (0x6A if kind.name == "decimal" else 0x6C), bytes([kind.precision, kind.scale])
    elif kind.name in SCALED:
        token, properties = SCALED[kind.name], bytes([kind.scale])
    elif kind.name in ("date", "uniqueidentifier"):
        token = 0x28 if kind.name == "date" else 0x24
    elif kind.name in SIZED:
        info = type_info(kind, True)
        token, properties = info[0], info[3:] + info[1:3]
    data = bytes([token, len(properties)]) + properties + _raw(kind)(value)
    return struct.pack("<I", len(data)) + data


def variant_parts(held: str) -> tuple[Type, Any]:
    """The base type of a sql_variant, and the value."""
    declared, _, text = held.partition("|")
    name, _, sizes = declared.rstrip(")").partition("(")
    kind = named(name, [int(size) for size in sizes.split(",")] if sizes else [])
    if kind.family == "text":
        return kind, text
    if kind.family == "binary":
        return kind, bytes.fromhex(text)
    return kind, values.of_text(text, kind)
