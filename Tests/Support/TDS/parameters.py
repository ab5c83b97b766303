"""Parameters of a remote procedure call: types and values from the wire (MS-TDS, "RPC Request")."""

import struct
from decimal import Decimal
from typing import Any

import temporal
import values
from errors import SqlError
from tsqltypes import Type, text

BY_LENGTH = {1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"}
FIXED = {
    0x30: ("tinyint", 1), 0x32: ("bit", 1), 0x34: ("smallint", 2), 0x38: ("int", 4), 0x7F: ("bigint", 8),
    0x3E: ("float", 8), 0x3B: ("real", 4), 0x3D: ("datetime", 8), 0x3A: ("smalldatetime", 4), 0x3C: ("money", 8),
    0x7A: ("smallmoney", 4)}
SIZED = {0xA7: "varchar", 0xAF: "char", 0xE7: "nvarchar", 0xEF: "nchar", 0xA5: "varbinary", 0xAD: "binary"}
LARGE = {0x23: "varchar", 0x63: "nvarchar", 0x22: "varbinary"}


class Reader:
    """A place in a request."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.data)

    def take(self, count: int) -> bytes:
        piece = self.data[self.at:self.at + count]
        if len(piece) < count:
            raise SqlError(8009, "The incoming tabular data stream (TDS) protocol stream is incorrect.")
        self.at += count
        return piece

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def wide(self, count: int) -> str:
        return self.take(2 * count).decode("utf-16-le", "surrogatepass")

    def parameter(self) -> tuple[str, bool, Type, Any]:
        """Name, whether it is an output, type and value."""
        name = self.wide(self.number(1))
        output = bool(self.number(1) & 1)
        return name, output, *self._typed()

    def _typed(self) -> tuple[Type, Any]:
        token = self.number(1)
        if token in FIXED:
            name, size = FIXED[token]
            return Type(name), self._fixed(Type(name), self.take(size))
        if token in (0x26, 0x68, 0x6D, 0x6E, 0x6F, 0x24):
            size = self.number(1)
            kind = Type({0x26: BY_LENGTH.get(size, "int"), 0x68: "bit", 0x6D: "real" if size == 4 else "float",
                         0x6E: "smallmoney" if size == 4 else "money", 0x24: "uniqueidentifier",
                         0x6F: "smalldatetime" if size == 4 else "datetime"}[token])
            return kind, self._fixed(kind, self.take(self.number(1)))
        if token in (0x6A, 0x6C):
            self.number(1)
            kind = Type("decimal" if token == 0x6A else "numeric", precision=self.number(1), scale=self.number(1))
            data = self.take(self.number(1))
            if not data:
                return kind, None
            return kind, Decimal(int.from_bytes(data[1:], "little") * (1 if data[0] else -1)).scaleb(-kind.scale)
        if token in (0x28, 0x29, 0x2A, 0x2B):
            kind = Type({0x28: "date", 0x29: "time", 0x2A: "datetime2", 0x2B: "datetimeoffset"}[token],
                        scale=0 if token == 0x28 else self.number(1))
            return kind, self._moment(kind, self.take(self.number(1)))
        if token in SIZED:
            size = self.number(2)
            name = SIZED[token]
            collation = self.take(5) if "char" in name else b""
            if size == 0xFFFF:
                return self._text(name, -1, self._chunks(), collation)
            length = self.number(2)
            data = None if length == 0xFFFF else self.take(length)
            return self._text(name, max(1, size // 2 if name[0] == "n" else size), data, collation)
        if token in LARGE:
            self.number(4)
            name = LARGE[token]
            collation = self.take(5) if "char" in name else b""
            length = self.number(4)
            return self._text(name, -1, None if length == 0xFFFFFFFF else self.take(length), collation)
        raise SqlError(8009, f"the bench knows no parameters of type {token:#x}")

    @staticmethod
    def _text(name: str, length: int, data: bytes | None, collation: bytes) -> tuple[Type, Any]:
        if "binary" in name:
            return Type(name, length), data
        codec = "utf-16-le" if name[0] == "n" else "utf-8" if collation and collation[3] & 4 else "cp1252"
        return text(name, length), None if data is None else data.decode(
            codec, "surrogatepass" if codec != "cp1252" else "replace")

    def _chunks(self) -> bytes | None:
        if self.number(8) == 0xFFFFFFFFFFFFFFFF:
            return None
        parts = []
        while length := self.number(4):
            parts.append(self.take(length))
        return b"".join(parts)

    @staticmethod
    def _fixed(kind: Type, data: bytes) -> Any:
        if not data:
            return None
        if kind.name in ("real", "float"):
            return struct.unpack("<f" if kind.name == "real" else "<d", data)[0]
        if kind.name == "uniqueidentifier":
            return values.guid_of_wire(data)
        if kind.name == "datetime":
            days, rest = struct.unpack("<iI", data)
            return (days + temporal.EPOCH) * temporal.DAY + temporal.ticks_of_three_hundredths(rest)
        if kind.name == "smalldatetime":
            days, minutes = struct.unpack("<HH", data)
            return (days + temporal.EPOCH) * temporal.DAY + minutes * 60 * temporal.SECOND
        if kind.name == "money":
            high, low = struct.unpack("<iI", data)
            return Decimal((high << 32) | low).scaleb(-4)
        if kind.name == "smallmoney":
            return Decimal(struct.unpack("<i", data)[0]).scaleb(-4)
        return int.from_bytes(data, "little", signed=kind.name not in ("tinyint", "bit"))

    @staticmethod
    def _moment(kind: Type, data: bytes) -> int | None:
        if not data:
            return None
        if kind.name == "date":
            return int.from_bytes(data, "little") * temporal.DAY
        size = 3 if kind.scale <= 2 else 4 if kind.scale <= 4 else 5
        ticks = int.from_bytes(data[:size], "little") * 10 ** (7 - kind.scale)
        if kind.name != "time":
            ticks += int.from_bytes(data[size:size + 3], "little") * temporal.DAY
        if kind.name == "datetimeoffset":
            return temporal.zoned(ticks, struct.unpack("<h", data[size + 3:])[0])
        return ticks
